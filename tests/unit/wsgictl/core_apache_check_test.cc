// SPDX-License-Identifier: Apache-2.0
// The classic misconfigurations in an Apache configuration: tests/golden/apache_check, one case
// each (input, "----", expected diagnostics); names that start with "clean" have none.
// WSGICTL_BLESS=1 rewrites the expected part.
#include <gtest/gtest.h>

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
    settings.root = "/nonexistent";
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
  EXPECT_GE(count, 20u);
}

}  // namespace
}  // namespace wsgictl::test
