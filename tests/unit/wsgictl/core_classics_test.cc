// SPDX-License-Identifier: Apache-2.0
// The classic misconfigurations of WSGI on Apache: each has a code for an existing Apache
// configuration (tests/golden/apache_check), and for a definition either a code
// (tests/golden/diagnostics, or preflight's, tested in core_places_test.cc) or no way to be
// written. And every code of the offline half has a bad input.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "diag/codes.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

// The expected parts of all cases of FOLDER.
std::string expected(const std::string& folder, std::size_t& count) {
  std::string all;
  for (const auto& entry :
       fs::directory_iterator(std::string(WSGI_SOURCE_DIR) + "/tests/golden/" + folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    all += text.str().substr(text.str().find("----\n"));
    ++count;
  }
  return all;
}

struct Classic {
  const char* what;
  const char* apache;      // code of check --apache
  const char* definition;  // code of validate or preflight; "" = a definition cannot say it
};

constexpr Classic kClassics[] = {
    {"group defined, never selected", "WCTL2401", "WCTL1402"},
    {"misspelt group", "WCTL2402", "WCTL1401"},
    {"settings in a block that does not cover the script", "WCTL2403", ""},  // they stand on routes
    {"extension that refuses sub-interpreters", "WCTL2404", ""},  // always the main interpreter
    {"Python home is bin/python or site-packages", "WCTL2405", "WCTL1417"},
    {"environment of another Python", "WCTL2406", "WCTL2007"},
    {"environment whose base is gone", "WCTL2407", "WCTL2008"},
    {"path that belongs in the home", "WCTL2408", "WCTL1416"},
    {"option on the wrong directive", "WCTL2409", "WCTL1203"},
    {"one group in two virtual hosts", "WCTL2410", "WCTL1403"},
    {"two applications in one process", "WCTL2411", ""},  // each has a group of its own
    {"path that the user cannot reach", "WCTL2412", "WCTL2009"},
    {"missing Require", "WCTL2413", ""},  // always written
    {"SELinux", "WCTL2414", "WCTL2010"},
    {"Authorization stripped", "WCTL2415", "WCTL1432"},
    {"locale C", "WCTL2416", "WCTL1418"},
    {"time limits that cannot work together", "WCTL2417", "WCTL1407"},
    {"capacity", "WCTL2418", "WCTL1422"},
    {"preload into another interpreter", "WCTL2419", "WCTL1433"},
    {"module loaded twice", "WCTL2420", "WCTL1618"},
};

TEST(Classics, EachHasACodeOnBothSides) {
  std::size_t apache_cases = 0, cases = 0;
  const std::string apache = expected("apache_check", apache_cases);
  const std::string definitions = expected("diagnostics", cases);
  EXPECT_EQ(std::size(kClassics), 20u);
  for (const Classic& classic : kClassics) {
    EXPECT_NE(apache.find(classic.apache), std::string::npos) << classic.what;
    const std::string code = classic.definition;
    if (code.empty()) continue;
    ASSERT_NE(diag::find_code(code), nullptr) << classic.what;
    if (code < "WCTL2000") {
      EXPECT_NE(definitions.find(code), std::string::npos) << classic.what;
    }
  }
}

// About files and sizes, or the host: tests of their own, each named after what it shows.
const std::set<std::string_view> kNoText = {"WCTL1001", "WCTL1002", "WCTL1003",
                                            "WCTL1008", "WCTL1009", "WCTL1019",
                                            "WCTL1023", "WCTL1610", "WCTL1615"};

TEST(Classics, EveryOfflineCodeHasABadInput) {
  std::size_t apache_cases = 0, cases = 0;
  const std::string all = expected("diagnostics", cases) + expected("apache_check", apache_cases);
  EXPECT_GE(cases, 150u);
  for (const diag::Code& code : diag::codes()) {
    const bool offline = (code.id >= "WCTL1000" && code.id < "WCTL2000") ||
                         (code.id >= "WCTL2400" && code.id < "WCTL2500");
    if (!offline || kNoText.contains(code.id)) continue;
    const std::string_view severity = code.severity == diag::Severity::error ? "error" : "warning";
    EXPECT_NE(all.find(std::string(severity) + "[" + std::string(code.id) + "]"), std::string::npos)
        << code.id << " has no case";
  }
}

}  // namespace
}  // namespace wsgictl::test
