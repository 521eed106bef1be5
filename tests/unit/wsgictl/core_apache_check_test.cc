// SPDX-License-Identifier: Apache-2.0
// The classic misconfigurations in an Apache configuration: tests/golden/apache_check, one case
// each (input, "----", expected diagnostics); names that start with "clean" have none. First lines
// "#!file PATH TEXT" (\n: a line feed) and "#!folder PATH MODE" describe the host; without them it
// is empty. WSGICTL_BLESS=1 rewrites the expected part.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "apache_check/rules.h"
#include "apache_conf/reader.h"
#include "diag/print.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

// The host that a case describes, below a folder of its own; gone with the object.
class Host {
 public:
  explicit Host(const std::string& input) {
    std::istringstream lines(input);
    for (std::string line, word, path, rest; std::getline(lines, line) && line.starts_with("#!");) {
      std::istringstream words(line);
      words >> word >> path;
      rest.clear();
      std::getline(words >> std::ws, rest);
      const fs::path place = made() + path;
      fs::create_directories(word == "#!file" ? place.parent_path() : place);
      if (word == "#!file") {
        for (std::size_t at; (at = rest.find("\\n")) != std::string::npos;)
          rest.replace(at, 2, "\n");
        std::ofstream(place) << rest;
      } else {
        fs::permissions(place, static_cast<fs::perms>(std::stoi(rest, nullptr, 8)));
      }
    }
  }
  ~Host() {
    if (!root_.empty()) fs::remove_all(root_);
  }
  std::string root() const { return root_.empty() ? "/nonexistent" : root_; }

 private:
  const std::string& made() {
    if (root_.empty()) {
      root_ = ::testing::TempDir() + "wsgictl-host-XXXXXX";
      if (::mkdtemp(root_.data()) == nullptr) std::abort();
      fs::permissions(root_, fs::perms(0755));
    }
    return root_;
  }
  std::string root_;
};

TEST(ApacheCheck, DiagnosticsAreAsWritten) {
  std::size_t count = 0;
  for (const auto& entry :
       fs::directory_iterator(std::string(WSGI_SOURCE_DIR) + "/tests/golden/apache_check")) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    const std::string text = content.str();
    const std::size_t end = text.find("\n----\n");
    ASSERT_NE(end, std::string::npos) << entry.path();
    const std::string input = text.substr(0, end + 1);
    apache_conf::Settings settings;
    // Folders belong to who runs the test; what is said of root's needs root.
    if (input.starts_with("#!folder") && ::geteuid() != 0) continue;
    const Host host(input);
    settings.root = host.root();
    diag::Diagnostics diagnostics;
    apache_check::check(apache_conf::read_text("/input.conf", input, settings), settings.root,
                        diagnostics);
    const bool clean = entry.path().filename().string().starts_with("clean");
    const std::string actual = diag::to_text(diagnostics, false);
    EXPECT_EQ(diagnostics.items().empty(), clean) << entry.path() << "\n" << actual;
    for (const auto& d : diagnostics.items()) EXPECT_FALSE(d.hint.empty()) << entry.path();
    if (std::getenv("WSGICTL_BLESS") != nullptr)
      std::ofstream(entry.path(), std::ios::binary) << input << "----\n" << actual;
    else
      EXPECT_EQ(actual, text.substr(end + 6)) << entry.path() << "\nWSGICTL_BLESS=1 rewrites it";
    ++count;
  }
  EXPECT_GE(count, 30u);
}

}  // namespace
}  // namespace wsgictl::test
