// SPDX-License-Identifier: Apache-2.0
// Apply on a host in memory: the happy path, every way to fail, and the two sweeps that matter: one
// failure at every operation, and a kill at every operation. After each the host must be exactly in
// the old or exactly in the new state, and the server must serve that state.
#include <gtest/gtest.h>

#include "apply/transaction.h"
#include "support/fake_host.h"

namespace wsgictl {
namespace {

using apply::Outcome;
using apply::Verdict;

conf::RenderedFile file(std::string path, std::string content) {
  conf::RenderedFile f;
  f.path = std::move(path);
  f.content = std::move(content);
  return f;
}

conf::RenderedFile link(std::string path, std::string target) {
  conf::RenderedFile f = file(std::move(path), std::move(target));
  f.link = true;
  f.mode = 0777;
  return f;
}

plan::HealthTarget target(std::string host) {
  plan::HealthTarget t;
  t.app = "shop";
  t.host = std::move(host);
  t.address = "127.0.0.1";
  t.path = "/healthz";
  return t;
}

// Two versions of a definition: the second changes a file, drops one and brings one.
const std::vector<conf::RenderedFile> kOld = {
    file("/etc/sites/main.conf", "one\n"), file("/etc/sites/gone.conf", "gone\n"),
    link("/etc/enabled/gone.conf", "../sites/gone.conf"), file("/state/apps/shop/app.wsgi", "a\n")};
const std::vector<conf::RenderedFile> kNew = {
    file("/etc/sites/main.conf", "two\n"), file("/etc/sites/new.conf", "new\n"),
    link("/etc/enabled/new.conf", "../sites/new.conf"), file("/state/apps/blog/app.wsgi", "b\n")};

struct Host {
  fake::Fate fate;
  fake::Files files{fate};
  fake::Server server{files, fate};
  fake::Prober prober;
  fake::Clock clock;
  plan::Store store{files, "/state"};
  apply::World world{files, server, prober, clock, store, "/", nullptr};
  sys::LockHolder who{1, "root", "apply", "2026-01-02T03:04:05Z"};

  Host() {
    for (const char* folder : {"/etc", "/etc/sites", "/etc/enabled"}) files.add_folder(folder);
    files.entries["/etc/sites/other.conf"] = {sys::FileKind::file, 0644, "somebody else's\n"};
  }

  plan::Plan plan(const std::vector<conf::RenderedFile>& desired) {
    plan::Input input;
    input.desired = desired;
    input.targets = {target("shop.example.com")};
    diag::Diagnostics diagnostics;
    auto planned = plan::make(input, *store.current(), files, diagnostics);
    EXPECT_TRUE(planned.plan.has_value());
    return std::move(*planned.plan);
  }

  Outcome apply(const std::vector<conf::RenderedFile>& desired, bool start = false) {
    const plan::Plan p = plan(desired);
    return apply::apply(world, {p, who, start});
  }

  bool holds(const std::vector<conf::RenderedFile>& desired) {
    std::map<std::string, std::string> now,
        wanted = {{"/etc/sites/other.conf", "somebody else's\n"}};
    for (const auto& [path, entry] : files.entries)
      if ((path.starts_with("/etc/") || path.starts_with("/state/apps/")) &&
          entry.kind != sys::FileKind::folder)
        now[path] = entry.content;
    for (const auto& f : desired) wanted[f.path] = f.content;
    return now == wanted;
  }
  bool serves_what_is_on_disk() {
    return server.pid != 0 && server.serving == server.configuration();
  }
  bool clean() {
    return !files.entries.contains("/state/journal.json") &&
           !files.entries.contains("/state/transaction");
  }
};

TEST(Transaction, AppliesAndSecondRunHasNothingToDo) {
  Host host;
  const Outcome outcome = host.apply(kOld);
  EXPECT_EQ(outcome.verdict, Verdict::done) << outcome.failure;
  EXPECT_TRUE(host.holds(kOld));
  EXPECT_TRUE(host.serves_what_is_on_disk());
  EXPECT_TRUE(host.clean());
  EXPECT_EQ(host.store.current()->number, 1);
  EXPECT_EQ(host.prober.asked, std::vector<std::string>{"http://shop.example.com/healthz"});
  EXPECT_FALSE(host.plan(kOld).has_changes());
}

TEST(Transaction, SecondVersionChangesRemovesAndAdds) {
  Host host;
  ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
  EXPECT_EQ(host.apply(kNew).verdict, Verdict::done);
  EXPECT_TRUE(host.holds(kNew));
  EXPECT_TRUE(host.serves_what_is_on_disk());
  EXPECT_FALSE(host.files.entries.contains("/state/apps/shop"));
}

TEST(Transaction, WritesFilesBeforeLinksAndRemovesLinksBeforeFiles) {
  Host host;
  ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
  host.fate.log.clear();
  ASSERT_EQ(host.apply(kNew).verdict, Verdict::done);
  std::vector<std::string> order;
  for (const std::string& line : host.fate.log)
    if (line.find(" /etc/") != std::string::npos || line == "reload") order.push_back(line);
  EXPECT_EQ(order,
            (std::vector<std::string>{"write /etc/sites/main.conf", "write /etc/sites/new.conf",
                                      "link /etc/enabled/new.conf", "remove /etc/enabled/gone.conf",
                                      "remove /etc/sites/gone.conf", "reload"}));
}

TEST(Transaction, RefusedConfigurationIsPutBackWithoutReload) {
  Host host;
  ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
  const int reloads = host.server.reloads;
  auto broken = kNew;
  broken[0].content = "BROKEN\n";
  const Outcome outcome = host.apply(broken);
  EXPECT_EQ(outcome.verdict, Verdict::rolled_back);
  EXPECT_EQ(outcome.failure, "AH00526: Syntax error");
  EXPECT_TRUE(host.holds(kOld));
  EXPECT_EQ(host.server.reloads, reloads);
  EXPECT_EQ(host.store.current()->number, 1);
}

TEST(Transaction, ServerThatDiesAtReloadIsStartedWithTheOldFiles) {
  Host host;
  ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
  auto fatal = kNew;
  fatal[0].content = "FATAL\n";
  EXPECT_EQ(host.apply(fatal).verdict, Verdict::rolled_back);
  EXPECT_TRUE(host.holds(kOld));
  EXPECT_TRUE(host.serves_what_is_on_disk());
}

TEST(Transaction, UnhealthyApplicationIsRolledBackAndTheOldOneReloaded) {
  Host host;
  ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
  host.prober.status["shop.example.com"] = 500;
  const Outcome outcome = host.apply(kNew);
  EXPECT_EQ(outcome.verdict, Verdict::rolled_back);
  EXPECT_NE(outcome.failure.find("answers 500, wanted a status below 500"), std::string::npos);
  EXPECT_TRUE(host.holds(kOld));
  EXPECT_TRUE(host.serves_what_is_on_disk());
  EXPECT_TRUE(host.clean());
}

TEST(Transaction, StoppedServerStaysStoppedUnlessAsked) {
  Host host;
  host.server.pid = 0;
  EXPECT_EQ(host.apply(kOld).verdict, Verdict::done);
  EXPECT_EQ(host.server.pid, 0);
  EXPECT_TRUE(host.prober.asked.empty());
  EXPECT_EQ(host.apply(kNew, true).verdict, Verdict::done);
  EXPECT_TRUE(host.serves_what_is_on_disk());
}

TEST(Transaction, StartedServerThatIsUnhealthyIsStoppedAgain) {
  Host host;
  host.server.pid = 0;
  host.prober.status["shop.example.com"] = 503;
  EXPECT_EQ(host.apply(kOld, true).verdict, Verdict::rolled_back);
  EXPECT_EQ(host.server.pid, 0);
  EXPECT_TRUE(host.holds({}));
}

TEST(Transaction, BrokenConfigurationOfOthersIsRefusedBeforeTheFirstWrite) {
  Host host;
  host.files.entries["/etc/sites/other.conf"].content = "BROKEN\n";
  EXPECT_EQ(host.apply(kOld).verdict, Verdict::refused);
  EXPECT_EQ(host.server.configuration().size(), 3u);
  EXPECT_FALSE(host.files.entries.contains("/etc/sites/main.conf"));
}

TEST(Transaction, GraveLinesOfTheErrorLogAreReported) {
  Host host;
  host.server.log = "[x] [ssl:warn] fine\n[x] [core:crit] bad\n";
  EXPECT_EQ(host.apply(kOld).grave_lines, "[x] [core:crit] bad\n");
}

TEST(Transaction, KeepsTwentyGenerations) {
  Host host;
  for (int i = 0; i < 25; ++i)
    ASSERT_EQ(host.apply({file("/etc/sites/main.conf", std::to_string(i))}).verdict, Verdict::done);
  EXPECT_EQ(host.store.numbers()->size(), 20u);
  EXPECT_EQ(host.store.numbers()->front(), 6);
}

TEST(Transaction, AFailureAtAnyOperationLeavesOldOrNew) {
  int operations = 0;
  for (int n = 1;; ++n) {
    Host host;
    ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
    const plan::Plan plan = host.plan(kNew);
    host.fate.count = 0;
    host.fate.fail_at = n;
    const Outcome outcome = apply::apply(host.world, {plan, host.who, false});
    SCOPED_TRACE("operation " + std::to_string(n) + ": " + outcome.failure);
    EXPECT_NE(outcome.verdict, Verdict::rollback_failed);
    EXPECT_TRUE(host.holds(outcome.verdict == Verdict::done ? kNew : kOld));
    EXPECT_EQ(host.store.current()->number, outcome.verdict == Verdict::done ? 2 : 1);
    EXPECT_TRUE(host.serves_what_is_on_disk());
    operations = host.fate.count;
    if (n > operations) break;
  }
  EXPECT_GT(operations, 20);
}

TEST(Transaction, AKillAtAnyOperationIsUndoneOrFinishedByTheNextRun) {
  for (int n = 1;; ++n) {
    Host host;
    ASSERT_EQ(host.apply(kOld).verdict, Verdict::done);
    const plan::Plan plan = host.plan(kNew);
    host.fate.count = 0;
    host.fate.kill_at = n;
    (void)apply::apply(host.world, {plan, host.who, false});
    const bool killed = host.fate.count >= n;
    host.fate.kill_at = 0;
    SCOPED_TRACE("killed at operation " + std::to_string(n));
    const auto recovered = apply::recover(host.world, host.who);
    ASSERT_TRUE(recovered) << recovered.error().text;
    const bool committed = host.store.current()->number == 2;
    EXPECT_TRUE(host.holds(committed ? kNew : kOld));
    EXPECT_TRUE(host.serves_what_is_on_disk());
    EXPECT_TRUE(host.clean() || recovered->empty());
    // And the run that was asked for can be made after it.
    EXPECT_EQ(host.apply(kNew).verdict, Verdict::done);
    EXPECT_TRUE(host.holds(kNew));
    if (!killed) break;
  }
}

}  // namespace
}  // namespace wsgictl
