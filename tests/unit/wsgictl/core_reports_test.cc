// SPDX-License-Identifier: Apache-2.0
// Diagnostics in the forms of build services: places, escapes, and what counts as failed.
#include <gtest/gtest.h>

#include "core_support.h"
#include "diag/codes.h"
#include "diag/reports.h"

namespace wsgictl::test {
namespace {

diag::Diagnostics sample() {
  diag::Diagnostics all;
  all.add_source("a b.yaml", "x: 1\n");
  all.add_source("good.yaml", "x: 1\n");
  diag::Mark mark{"a b.yaml", {3, 5, 20}, {3, 9, 24}};
  auto error = diag::make("WCTL1203", mark, "unknown key \"<a>\", 100%", "did you mean \"b\"?");
  error.related.push_back({{"a b.yaml", {1, 1, 0}, {1, 2, 1}}, "first defined here"});
  all.add(error);
  all.add(diag::make("WCTL1402", mark, "not used", "add a route"));
  return all;
}

TEST(Reports, SarifHasPlacesRulesAndRelated) {
  const auto run = diag::to_sarif(sample(), "1.2")["runs"][0];
  EXPECT_EQ(run["tool"]["driver"]["version"], "1.2");
  EXPECT_EQ(run["tool"]["driver"]["rules"].size(), 2u);
  const auto& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "WCTL1203");
  EXPECT_EQ(result["level"], "error");
  const auto& place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "a%20b.yaml");
  EXPECT_EQ(place["region"]["startLine"], 3);
  EXPECT_EQ(place["region"]["endColumn"], 9);
  EXPECT_EQ(result["relatedLocations"][0]["message"]["text"], "first defined here");
  EXPECT_EQ(run["results"][1]["level"], "warning");
}

TEST(Reports, GithubEscapesWhatTheRunnerReads) {
  EXPECT_EQ(diag::to_github(sample()),
            "::error file=a b.yaml,line=3,endLine=3,col=5,endColumn=9,title=WCTL1203::"
            "unknown key \"<a>\", 100%25: did you mean \"b\"?\n"
            "::warning file=a b.yaml,line=3,endLine=3,col=5,endColumn=9,title=WCTL1402::"
            "not used: add a route\n");
}

TEST(Reports, JunitFailsFilesWithErrorsOnly) {
  EXPECT_EQ(diag::to_junit(sample(), "validate"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuite name=\"wsgictl validate\" tests=\"2\" failures=\"1\">\n"
            "  <testcase classname=\"wsgictl.validate\" name=\"a b.yaml\">\n"
            "    <failure type=\"WCTL1203\" message=\"unknown key &quot;&lt;a&gt;&quot;, 100%\">\n"
            "a b.yaml:3:5: error[WCTL1203]: unknown key &quot;&lt;a&gt;&quot;, 100%: did you mean "
            "&quot;b&quot;?\n"
            "    </failure>\n"
            "    <system-out>a b.yaml:3:5: warning[WCTL1402]: not used: add a route</system-out>\n"
            "  </testcase>\n"
            "  <testcase classname=\"wsgictl.validate\" name=\"good.yaml\">\n"
            "  </testcase>\n"
            "</testsuite>\n");
}

}  // namespace
}  // namespace wsgictl::test
