// SPDX-License-Identifier: Apache-2.0
// The reader that the fuzzer trusts (fuzz/apache_reader.h) and the writer, against the real Apache,
// word by word without a module of ours (fuzz/apache_round_trip.cc does the rest with one):
// Define takes two words, and -D DUMP_RUN_CFG prints the second back. Starts nothing, listens
// nowhere.
#include "fuzz/apache_reader.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "conf/escape.h"

namespace wsgictl::test {
namespace {

constexpr const char* kApache = "/usr/sbin/apache2";

std::string random_text(std::mt19937& random) {
  static constexpr std::string_view kSigns = "ab \"'\\#<>$%{}=\t*~";
  std::string out;
  for (auto left = random() % 12; left > 0; --left) out += kSigns[random() % kSigns.size()];
  return out;
}

// What Apache makes of CONFIGURATION's Define lines.
std::map<std::string, std::string> defined(const std::string& configuration) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("wsgictl-reader-" + std::to_string(std::random_device()()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "httpd.conf") << configuration;
  const std::string command =
      std::string(kApache) + " -t -D DUMP_RUN_CFG -f " + (folder / "httpd.conf").string() + " 2>&1";
  std::map<std::string, std::string> found;
  FILE* pipe = popen(command.c_str(), "r");
  char line[4096];
  std::string all;
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    std::string text(line);
    all += text;
    if (text.ends_with('\n')) text.pop_back();
    const std::size_t equals = text.find('=');
    if (text.starts_with("Define: v") && equals != std::string::npos)
      found[text.substr(8, equals - 8)] = text.substr(equals + 1);
  }
  EXPECT_EQ(pclose(pipe), 0) << all;
  std::filesystem::remove_all(folder);
  return found;
}

std::string head(const std::string& folder) {
  return "ServerRoot \"" + folder +
         "\"\nServerName reader.test\nDefaultRuntimeDir \"/tmp\"\nPidFile \"/tmp/none.pid\"\n"
         "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
         "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
         "ErrorLog /dev/null\n";
}

TEST(ApacheReader, ReadsWordsAsApacheDoes) {
  if (!std::filesystem::exists(kApache)) GTEST_SKIP() << "no " << kApache;
  std::mt19937 random(20261121);  // NOLINT: the same cases each time
  std::string text = head("/tmp");
  std::map<std::string, std::string> wanted;
  for (int i = 0; i < 3000; ++i) {
    const std::string name = "v" + std::to_string(i);
    const std::string value = random_text(random);
    if (value.find("${") != std::string::npos) continue;
    // Half by the writer, half as it comes: those that are one word to the reader.
    std::string written = conf::quoted(value);
    if (i % 2 == 1) {
      written = value;
      if (value.ends_with('\\')) continue;
      std::string_view rest = value;
      const auto word = wsgi::config::next_word(rest);
      if (!word || word->empty() || !trimmed(rest).empty()) continue;
    }
    const std::string line = "Define " + name + " " + written + "\n";
    const auto read = read_apache(line);
    ASSERT_TRUE(read && read->size() == 1) << line;
    const auto words = wsgi::config::split_words(read->front().arguments);
    ASSERT_EQ(words.size(), 2u) << line;
    if (i % 2 == 0) {
      EXPECT_EQ(words[1], value) << line;
    }
    wanted[name] = words[1];
    text += line;
  }
  const auto found = defined(text);
  ASSERT_GT(wanted.size(), 1500u);
  for (const auto& [name, value] : wanted) {
    const auto at = found.find(name);
    // Apache prints a variable without a value without the sign.
    EXPECT_EQ(at == found.end() ? "" : at->second, value) << name;
  }
}

TEST(ApacheReader, JoinsLinesAndSkipsComments) {
  const auto read = read_apache(
      "# a \\\nDefine hidden\n  Define \\\n  v1 x\n\n<IfDefine v1>\n"
      "Define v2 \"# y\"\n</IfDefine>\n");
  ASSERT_TRUE(read && read->size() == 2);
  EXPECT_EQ((*read)[0].arguments, "v1 x");
  ASSERT_EQ((*read)[1].children.size(), 1u);
  if (!std::filesystem::exists(kApache)) GTEST_SKIP() << "no " << kApache;
  const auto found = defined(head("/tmp") +
                             "# a \\\nDefine vhidden 1\n  Define \\\n  v1 x\n\n<IfDefine v1>\n"
                             "Define v2 \"# y\"\n</IfDefine>\n");
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"v1", "x"}, {"v2", "# y"}}));
}

TEST(ApacheReader, JoinsLinesThatEndInCarriageReturns) {
  const std::string text("Define \\\r\nv1 x\r\nDefine v2 y\\ \r\n");
  const auto read = read_apache(text);
  ASSERT_TRUE(read && read->size() == 2);
  EXPECT_EQ((*read)[0].arguments, "v1 x");
  if (!std::filesystem::exists(kApache)) GTEST_SKIP() << "no " << kApache;
  EXPECT_EQ(defined(head("/tmp") + text),
            (std::map<std::string, std::string>{{"v1", "x"}, {"v2", "y\\"}}));
}

TEST(ApacheReader, RefusesWhatIsNotClosed) {
  for (const char* text :
       {"<Directory \"/a\">\n", "</Directory>\n", "<Directory \"/a\"\n</Directory>\n",
        "<Directory \"/a\">\n</Location>\n"})
    EXPECT_FALSE(read_apache(text)) << text;
}

}  // namespace
}  // namespace wsgictl::test
