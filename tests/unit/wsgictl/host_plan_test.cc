// SPDX-License-Identifier: Apache-2.0
// Planning: what is ours, what is not, what was edited; diffs; that secrets are not printed.
#include <gtest/gtest.h>

#include "plan/diff.h"
#include "plan/plan.h"
#include "plan/print.h"
#include "support/fake_host.h"
#include "sys/sha256.h"

namespace wsgictl {
namespace {

using plan::Action;

struct Disk {
  fake::Fate fate;
  fake::Files files{fate};
  plan::Generation current;
  plan::Input input;
  diag::Diagnostics diagnostics;

  Disk() { files.add_folder("/etc"); }
  void on_disk(const std::string& path, const std::string& content, int mode = 0644) {
    files.entries[path] = {sys::FileKind::file, mode, content};
  }
  void recorded(const std::string& path, const std::string& content) {
    current.number = 1;
    current.files.push_back({path, sys::sha256(content), 0644, false, false, ""});
  }
  void wanted(const std::string& path, const std::string& content) {
    conf::RenderedFile file;
    file.path = path;
    file.content = content;
    input.desired.push_back(file);
  }
  plan::Planned make() { return plan::make(input, current, files, diagnostics); }
  std::string only_code() {
    return diagnostics.items().size() == 1 ? diagnostics.items()[0].code : "not one diagnostic";
  }
};

TEST(Plan, CreatesWhatIsMissing) {
  Disk disk;
  disk.wanted("/etc/a.conf", "a\n");
  const auto planned = disk.make();
  ASSERT_TRUE(planned.plan);
  EXPECT_EQ(planned.plan->files[0].action, Action::create);
  EXPECT_EQ(planned.plan->generation.number, 1);
}

TEST(Plan, NeverTouchesAFileOfSomebodyElse) {
  Disk disk;
  disk.on_disk("/etc/a.conf", "theirs\n");
  disk.wanted("/etc/a.conf", "ours\n");
  disk.input.take_over = true;
  EXPECT_FALSE(disk.make().plan);
  EXPECT_EQ(disk.only_code(), "WCTL4001");
}

TEST(Plan, StopsAtAnEditedFileAndShowsWhatWouldBeUndone) {
  Disk disk;
  disk.recorded("/etc/a.conf", "one\n");
  disk.on_disk("/etc/a.conf", "edited\n");
  disk.wanted("/etc/a.conf", "two\n");
  const auto planned = disk.make();
  EXPECT_FALSE(planned.plan);
  EXPECT_EQ(disk.only_code(), "WCTL4002");
  EXPECT_NE(planned.conflicts.find("-edited\n+two\n"), std::string::npos);
}

TEST(Plan, TakesOverAnEditedFileWhenTold) {
  Disk disk;
  disk.recorded("/etc/a.conf", "one\n");
  disk.on_disk("/etc/a.conf", "edited\n");
  disk.wanted("/etc/a.conf", "two\n");
  disk.input.take_over = true;
  const auto planned = disk.make();
  ASSERT_TRUE(planned.plan);
  EXPECT_EQ(planned.plan->files[0].action, Action::change);
}

TEST(Plan, AnEditThatEqualsTheNewTextIsNoConflict) {
  Disk disk;
  disk.recorded("/etc/a.conf", "one\n");
  disk.on_disk("/etc/a.conf", "two\n");
  disk.wanted("/etc/a.conf", "two\n");
  const auto planned = disk.make();
  ASSERT_TRUE(planned.plan);
  EXPECT_FALSE(planned.plan->has_changes());
}

TEST(Plan, PutsALostModeRight) {
  Disk disk;
  disk.recorded("/etc/a.conf", "one\n");
  disk.on_disk("/etc/a.conf", "one\n", 0666);
  disk.wanted("/etc/a.conf", "one\n");
  const auto planned = disk.make();
  ASSERT_TRUE(planned.plan);
  EXPECT_EQ(planned.plan->files[0].action, Action::change);
  EXPECT_NE(plan::to_text(*planned.plan, false).find("change mode 0666 to 0644 /etc/a.conf"),
            std::string::npos);
}

TEST(Plan, RemovesWhatIsRecordedAndNoLongerWanted) {
  Disk disk;
  disk.recorded("/etc/a.conf", "one\n");
  disk.on_disk("/etc/a.conf", "one\n");
  const auto planned = disk.make();
  ASSERT_TRUE(planned.plan);
  EXPECT_EQ(planned.plan->files[0].action, Action::remove);
  EXPECT_TRUE(planned.plan->generation.files.empty());
}

TEST(Plan, WillNotRemoveAnEditedFile) {
  Disk disk;
  disk.recorded("/etc/a.conf", "one\n");
  disk.on_disk("/etc/a.conf", "edited\n");
  EXPECT_FALSE(disk.make().plan);
  EXPECT_EQ(disk.only_code(), "WCTL4002");
}

TEST(Plan, DriftNamesEditedRemovedAndMode) {
  Disk disk;
  for (const char* path : {"/etc/a", "/etc/b", "/etc/c", "/etc/d"}) disk.recorded(path, "one\n");
  disk.on_disk("/etc/a", "one\n");
  disk.on_disk("/etc/b", "edited\n");
  disk.on_disk("/etc/c", "one\n", 0600);
  const auto drift = plan::drift(disk.current, "/", disk.files);
  ASSERT_EQ(drift.size(), 3u);
  EXPECT_EQ(drift[0].what, "edited");
  EXPECT_EQ(drift[1].what, "mode is 0600, not 0644");
  EXPECT_EQ(drift[2].what, "removed");
}

TEST(Plan, SensitiveContentIsInNeitherText) {
  plan::Plan plan;
  plan::FileChange change;
  change.action = Action::create;
  change.path = "/state/apps/shop/environment";
  change.sensitive = true;
  change.mode = 0600;
  change.after = "KEY=hunter2\n";
  plan.files.push_back(change);
  EXPECT_EQ(plan::to_text(plan, false).find("hunter2"), std::string::npos);
  EXPECT_EQ(plan::to_text(plan, true).find("hunter2"), std::string::npos);
  EXPECT_EQ(json_text(plan::to_json(plan)).find("hunter2"), std::string::npos);
  EXPECT_NE(plan::to_text(plan, false).find("(sensitive)"), std::string::npos);
}

TEST(Plan, ExplainNamesTheLineThatCausedEachLine) {
  plan::Plan plan;
  plan::FileChange change;
  change.path = "/etc/a.conf";
  change.after = "first\nsecond\n";
  diag::Mark mark;
  mark.file = "shop.yaml";
  mark.start.line = 12;
  change.origins = {mark, {}};
  plan.files.push_back(change);
  const std::string text = plan::to_text(plan, true);
  EXPECT_NE(text.find("  shop.yaml:12 | first\n               | second\n"), std::string::npos)
      << text;
}

TEST(Generation, SurvivesItsJson) {
  plan::Generation g;
  g.number = 7;
  g.user = "root";
  g.groups = {"shop"};
  g.targets.resize(1);
  g.targets[0].host = "shop.example.com";
  g.targets[0].status = {200, 204};
  g.files.push_back({"/etc/a", "00", 0600, false, true, "shop.yaml:1"});
  const auto again = plan::parse_generation(json_text(plan::to_json(g)));
  ASSERT_TRUE(again);
  EXPECT_EQ(plan::to_json(*again), plan::to_json(g));
  EXPECT_FALSE(plan::parse_generation("{"));
  EXPECT_FALSE(plan::parse_generation("[]"));
}

TEST(Diff, HasThreeLinesOfContext) {
  const std::string before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  const std::string after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
  EXPECT_EQ(plan::unified_diff("/etc/a", &before, &after),
            "--- a/etc/a\n+++ b/etc/a\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(Diff, NamesTheAbsentSide) {
  const std::string text = "a\nb\n";
  EXPECT_EQ(plan::unified_diff("/etc/a", nullptr, &text),
            "--- /dev/null\n+++ b/etc/a\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(plan::unified_diff("/etc/a", &text, nullptr),
            "--- a/etc/a\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n");
  EXPECT_EQ(plan::unified_diff("/etc/a", &text, &text), "");
}

TEST(Diff, SeparatesChangesThatAreFarApart) {
  std::string before, after;
  for (int i = 0; i < 30; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 2 || i == 25 ? "x" : "") + std::to_string(i) + "\n";
  }
  const std::string diff = plan::unified_diff("/a", &before, &after);
  EXPECT_NE(diff.find("@@ -1,6 +1,6 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -23,7 +23,7 @@"), std::string::npos) << diff;
}

TEST(Diff, SaysWhenTheLastLineHasNoEnd) {
  const std::string before = "a\n", after = "a";
  EXPECT_EQ(plan::unified_diff("/a", &before, &after),
            "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

}  // namespace
}  // namespace wsgictl
