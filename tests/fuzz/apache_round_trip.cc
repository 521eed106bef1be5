// SPDX-License-Identifier: Apache-2.0
// Values through the writer, the real Apache and back: trees of apache_values.h, hundreds in one
// configuration that `apache2 -t` reads with mod_tells.cc loaded. What comes out must be what went
// in, and what the model (apache_reader.h) reads. Each fourth tree is lines of apache_lines.h,
// which only the readers are compared with. Listens nowhere.
//
//   apache_round_trip [--seed S] [--trees N | --seconds N] [FILE|FOLDER …]
//
// Files are inputs of fuzz_apache, or lines if they end in .conf. A tree that comes back changed is
// kept in the working directory as round-trip-SEED-NUMBER or round-trip-SEED-NUMBER.conf. Ends with
// 0: all the same; 1: not; 77: no Apache here.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "conf/printer.h"
#include "fuzz/apache_lines.h"
#include "fuzz/apache_transcript.h"
#include "fuzz/apache_values.h"

using namespace wsgictl;
namespace fs = std::filesystem;

namespace {

constexpr const char* kApache = "/usr/sbin/apache2";
constexpr const char* kModules = "/usr/lib/apache2/modules";
constexpr std::size_t kBatch = 400;

struct Options {
  std::uint32_t seed = std::random_device()();
  std::size_t trees = 0;
  std::chrono::seconds time{0};
  std::vector<fs::path> files;
};

struct Tree {
  std::string name;
  std::vector<std::uint8_t> bytes;
  std::string text, meant, modelled;
};

struct Figures {
  std::size_t made = 0, refused = 0, trees = 0, directives = 0, values = 0, starts = 0, wrong = 0;
};

std::vector<std::uint8_t> bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Mostly signs that mean something to one of the readers; now and then any byte, and what must not
// be written: control characters, and a variable that Apache would replace.
std::vector<std::uint8_t> random_bytes(std::mt19937& random) {
  static constexpr std::string_view kSigns(
      "\"\"\\\\'' #<>$%{}=*~!&|()[]^/.,:;-+@?ab01zZn\xc3\xa9\xff\x80\xa0\x85");
  static constexpr std::string_view kControls("\n\n\r\t\v\f\0\1\x7f", 9);
  std::vector<std::uint8_t> out;
  for (auto left = random() % 400 + 4; left > 0; --left) {
    auto byte = static_cast<unsigned char>(kSigns[random() % kSigns.size()]);
    if (random() % 8 == 0) byte = static_cast<unsigned char>(0x20 + random() % 0x5f);
    if (random() % 1000 == 0) byte = static_cast<unsigned char>(random());
    if (random() % 1000 == 0) byte = static_cast<unsigned char>(kControls[random() % 9]);
    out.push_back(byte);
    if (random() % 1000 == 0) out.insert(out.end(), {'$', '{', 'a', '}'});
  }
  return out;
}

std::size_t count(const std::string& transcript, std::string_view tags) {
  std::size_t found = 0;
  for (std::size_t at = 0; at < transcript.size(); at = transcript.find('\n', at) + 1)
    if (tags.find(transcript[transcript.find(' ', at) + 1]) != std::string_view::npos) ++found;
  return found;
}

class RoundTrip {
 public:
  explicit RoundTrip(fs::path folder) : folder_(std::move(folder)) {}

  const Figures& figures() const { return figures_; }

  void add(std::string name, std::vector<std::uint8_t> bytes) {
    ++figures_.made;
    const conf::Block made = test::tree(bytes);
    diag::Diagnostics diagnostics;
    auto printed = conf::print(made.nodes(), diagnostics);
    if (!printed) {
      ++figures_.refused;
      return;
    }
    add({std::move(name), std::move(bytes), printed->text, test::transcript_of(made.nodes()),
         modelled(printed->text)});
  }

  // Lines that the writer did not make: what they mean is what the model reads.
  void add_lines(std::string name, std::string text) {
    ++figures_.made;
    const std::string read = modelled(text);
    add({std::move(name), {text.begin(), text.end()}, text, test::values_only(read), read});
  }

  // Lets Apache read what was added.
  void flush() { read(std::exchange(batch_, {})); }

 private:
  static std::string modelled(const std::string& text) {
    const auto read = test::read_apache(text);
    if (!test::same_lines(text)) return "import reads other lines\n";
    return read ? test::transcript_of(*read) : "unread\n";
  }

  void add(Tree tree) {
    ++figures_.trees;
    figures_.directives += count(tree.meant, "d");
    figures_.values += count(tree.meant, "wvme");
    batch_.push_back(std::move(tree));
    if (batch_.size() >= kBatch) flush();
  }

  // If Apache ends within a tree, that one is to blame, and the ones after it are read again; if it
  // ends before all of them, halves are.
  void read(std::vector<Tree> trees) {
    if (trees.empty()) return;
    const auto answers = ask(trees);
    for (std::size_t i = 0; i < answers.size(); ++i) compare(trees[i], answers[i]);
    std::size_t next = answers.size();
    if (next == 0 && trees.size() == 1) compare(trees[0], "");
    if (next == 0) next = (trees.size() + 1) / 2;
    const auto middle = trees.begin() + static_cast<std::ptrdiff_t>(next);
    if (answers.empty() && trees.size() > 1) read({trees.begin(), middle});
    read({middle, trees.end()});
  }

  void compare(const Tree& tree, const std::string& answer) {
    if (test::values_only(answer) == tree.meant && answer == tree.modelled) return;
    ++figures_.wrong;
    std::ofstream(tree.name, std::ios::binary)
        .write(reinterpret_cast<const char*>(tree.bytes.data()),
               static_cast<std::streamsize>(tree.bytes.size()));
    std::printf("%s: differs\n-- written\n%s-- meant\n%s-- the model\n%s-- Apache\n%s",
                tree.name.c_str(), tree.text.c_str(), tree.meant.c_str(), tree.modelled.c_str(),
                answer.c_str());
  }

  void write_configuration(const std::vector<Tree>& trees) const {
    std::ofstream out(folder_ / "httpd.conf");
    out << "ServerRoot \"" << folder_.string() << "\"\nServerName reader.test\n"
        << "DefaultRuntimeDir \"" << folder_.string() << "\"\nErrorLog /dev/null\n"
        << "Define a changed\n";
    for (const char* name : {"mpm_event", "authz_core", "rewrite"})
      out << "LoadModule " << name << "_module " << kModules << "/mod_" << name << ".so\n";
    out << "LoadModule tells_module \"" << WSGI_TELLS << "\"\n";
    for (std::size_t i = 0; i < trees.size(); ++i)
      out << "<Tree " << i << ">\n" << trees[i].text << "</Tree>\n";
  }

  // What Apache tells of each tree, to the last one that it began.
  std::vector<std::string> ask(const std::vector<Tree>& trees) {
    write_configuration(trees);
    const fs::path errors = folder_ / "errors";
    const std::string command = std::string(kApache) + " -t -f '" +
                                (folder_ / "httpd.conf").string() + "' 2>'" + errors.string() + "'";
    std::vector<std::string> found;
    FILE* pipe = popen(command.c_str(), "r");
    char* line = nullptr;
    std::size_t size = 0;
    while (pipe != nullptr && getline(&line, &size, pipe) > 0) {
      const std::string text(line);
      if (text == "= " + std::to_string(found.size()) + "\n")
        found.emplace_back();
      else if (!found.empty() && text != ".\n")
        found.back() += text;
    }
    std::free(line);
    ++figures_.starts;
    if (pipe == nullptr || pclose(pipe) != 0) {
      ++figures_.wrong;
      const auto said = bytes_of(errors);
      std::printf("Apache refused the configuration: %s\n",
                  std::string(said.begin(), said.end()).c_str());
      if (!found.empty()) found.back() += "the last that Apache read\n";
    }
    return found;
  }

  fs::path folder_;
  std::vector<Tree> batch_;
  Figures figures_;
};

void add_files(RoundTrip& trip, const fs::path& path) {
  std::vector<fs::path> files{path};
  if (fs::is_directory(path)) files.assign(fs::directory_iterator(path), {});
  for (const fs::path& file : files) {
    const auto bytes = bytes_of(file);
    const std::string name = "round-trip-" + file.filename().string();
    if (file.extension() == ".conf")
      trip.add_lines(name, {bytes.begin(), bytes.end()});
    else
      trip.add(name, bytes);
  }
  trip.flush();
}

void add_random(RoundTrip& trip, const Options& options) {
  const auto end = std::chrono::steady_clock::now() + options.time;
  for (std::size_t i = 0; i < options.trees || std::chrono::steady_clock::now() < end; ++i) {
    std::seed_seq seeds{options.seed, static_cast<std::uint32_t>(i)};
    std::mt19937 random(seeds);
    const std::string name = "round-trip-" + std::to_string(options.seed) + "-" + std::to_string(i);
    if (i % 4 == 3)
      trip.add_lines(name + ".conf", test::lines_as_they_come(random));
    else
      trip.add(name, random_bytes(random));
    if (i % 1'000'000 == 999'999) std::printf("%zu trees\n", i + 1), std::fflush(stdout);
  }
  trip.flush();
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name(argv[i]);
    if (!name.starts_with("--")) {
      options.files.emplace_back(name);
      continue;
    }
    if (++i == argc) return false;
    const auto number = std::strtoul(argv[i], nullptr, 10);
    if (name == "--seed")
      options.seed = static_cast<std::uint32_t>(number);
    else if (name == "--trees")
      options.trees = number;
    else if (name == "--seconds")
      options.time = std::chrono::seconds(number);
    else
      return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(stderr, "usage: %s [--seed S] [--trees N | --seconds N] [FILE|FOLDER …]\n",
                 argv[0]);
    return 2;
  }
  for (const std::string& file : {std::string(kApache), std::string(kModules) + "/mod_rewrite.so"})
    if (!fs::exists(file)) {
      std::printf("skipped: no %s\n", file.c_str());
      return 77;
    }
  std::string folder = (fs::temp_directory_path() / "round-trip-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  RoundTrip trip(folder);
  std::printf("seed %u\n", options.seed);
  for (const fs::path& path : options.files) add_files(trip, path);
  add_random(trip, options);
  fs::remove_all(folder);
  const Figures& all = trip.figures();
  std::printf(
      "%zu trees made, %zu refused by the writer; %zu read by Apache in %zu starts: %zu "
      "directives, %zu values; %zu differ\n",
      all.made, all.refused, all.trees, all.starts, all.directives, all.values, all.wrong);
  return all.wrong == 0 && all.trees > 0 ? 0 : 1;
}
