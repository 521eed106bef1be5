// SPDX-License-Identifier: Apache-2.0
// Diagnostics: forms, order, cap, escaping, distance, the table of codes.
#include <gtest/gtest.h>

#include <set>

#include "core_support.h"
#include "diag/codes.h"
#include "diag/print.h"
#include "diag/text.h"

namespace wsgictl::diag {
namespace {

TEST(Text, EscapesWhatRepaintsOrHides) {
  EXPECT_EQ(escape("a\x1b[2J"), "a\\u001b[2J");
  EXPECT_EQ(escape("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(escape("\xff"), "\\xff");
  EXPECT_EQ(escape("größe\n"), "größe\\n");
}

TEST(Text, DistanceCountsSwapsOnce) {
  EXPECT_EQ(edit_distance("ab", "ba"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(nearest("proceses", {"processes", "threads"}), "processes");
  EXPECT_EQ(nearest("xyz", {"user", "group"}), std::nullopt);
  EXPECT_EQ(nearest("ab", {"cd"}), std::nullopt);
}

TEST(Codes, AreUniqueAndExplained) {
  std::set<std::string_view> seen;
  for (const Code& code : codes()) {
    EXPECT_TRUE(seen.insert(code.id).second) << code.id;
    EXPECT_FALSE(code.title.empty() || code.explanation.empty() || code.remedy.empty()) << code.id;
  }
  EXPECT_EQ(find_code("wctl1203")->title, "unknown key");
}

TEST(Print, TextHasTheFormThatEditorsRead) {
  const auto loaded = test::load(
      "version: 1\napps:\n  a:\n    script: /a.py\n    daemon:\n"
      "      proceses: 4\n");
  EXPECT_EQ(to_text(loaded.diagnostics, false),
            "input.yaml:6:7: error[WCTL1203]: unknown key \"proceses\" in apps.a.daemon\n"
            "    6 |       proceses: 4\n"
            "      |       ^^^^^^^^ did you mean \"processes\"?\n"
            "   see: wsgictl explain apps.daemon.processes\n");
}

TEST(Print, JsonHasTheFormOfTheConventions) {
  const auto loaded = test::load(
      "version: 1\napps:\n  a:\n    script: /a.py\n    daemon:\n"
      "      proceses: 4\n");
  EXPECT_EQ(
      json_text(to_json(loaded.diagnostics, "validate", false)),
      R"({"format_version":"1.0","command":"validate","ok":false,)"
      R"("summary":{"errors":1,"warnings":0},"diagnostics":[{"severity":"error",)"
      R"("code":"WCTL1203","message":"unknown key \"proceses\" in apps.a.daemon",)"
      R"("path":"/apps/a/daemon/proceses","file":"input.yaml",)"
      R"("range":{"start":{"line":6,"column":7,"byte":58},"end":{"line":6,"column":15,"byte":66}},)"
      R"("hint":"did you mean \"processes\"?","replacement":"processes","related":[],)"
      R"("docs":"wsgictl explain apps.daemon.processes"}]})");
}

TEST(Print, SortsByPlaceAndStopsAtAHundred) {
  Diagnostics all;
  for (int i = 150; i > 0; --i) {
    Mark mark{"f", {i, 1, static_cast<std::size_t>(i)}, {i, 1, static_cast<std::size_t>(i)}};
    all.add(make("WCTL1203", mark, "m" + std::to_string(i)));
  }
  const std::string text = to_text(all, false);
  EXPECT_TRUE(text.starts_with("f:1:1: error[WCTL1203]: m1\n"));
  EXPECT_TRUE(text.ends_with("f:100:1: error[WCTL1203]: m100\nwsgictl: 50 more not shown\n"));
  EXPECT_EQ(to_json(all, "x", false)["summary"]["errors"], 150);
  EXPECT_EQ(to_json(all, "x", false)["diagnostics"].size(), 100u);
}

TEST(Print, NeverShowsTheValueOfAVariable) {
  const auto loaded = test::load(
      "version: 1\napps:\n  a:\n    script: /a.py\n"
      "    env: {A: 4711, B: \"hunter2\\n\", c-d: hunter3}\n");
  EXPECT_EQ(loaded.diagnostics.items().size(), 3u);
  const std::string all =
      to_text(loaded.diagnostics, false) + json_text(to_json(loaded.diagnostics, "x", false));
  for (const char* secret : {"4711", "hunter2", "hunter3"})
    EXPECT_EQ(all.find(secret), std::string::npos) << all;
}

}  // namespace
}  // namespace wsgictl::diag
