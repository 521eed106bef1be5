// SPDX-License-Identifier: Apache-2.0
// The parent's side: graceful restarts with the bridge, warm list, lost supervisors, children.
#include "supervisor/generations.h"

#include <dirent.h>

#include "support/supervised.h"

namespace wsgi::test {
namespace {

using transport::SlotState;

class GenerationsTest : public Supervised {};

TEST_F(GenerationsTest, GracefulRestartBridgesAndReleases) {
  const pid_t first = start(group("shop"));
  ASSERT_TRUE(wait_ready(current("shop")));
  order(current("shop"), "loaded");
  ASSERT_TRUE(wait_for([&] { return !current("shop").page.warm().empty(); }));
  const std::string old_pid = order(current("shop"), "pid");
  generations_.retire();
  EXPECT_EQ(generations_.current(), nullptr);
  const pid_t second = start(group("shop"));
  EXPECT_NE(first, second);
  EXPECT_EQ(generations_.count(), 2u);
  const DaemonGroup& shop = current("shop");
  const DaemonGroup* elder = shop.elder;
  ASSERT_NE(elder, nullptr);
  EXPECT_EQ(elder->hash, shop.hash);
  // The old process answers until the new one has superseded it.
  ASSERT_TRUE(wait_ready(shop));
  EXPECT_NE(order(shop, "pid"), old_pid);
  EXPECT_EQ(order(shop, "warm"), "/srv/app/wsgi.py");
  EXPECT_TRUE(wait_for([&] { return generations_.count() == 1; })) << log_text();
  EXPECT_EQ(current("shop").elder, nullptr);
  EXPECT_TRUE(current("shop").predecessors.empty());
  EXPECT_TRUE(logged("leaving because of restart"));
}

TEST_F(GenerationsTest, OldGenerationWaitsForItsChildren) {
  start(group("shop"));
  ASSERT_TRUE(wait_ready(current("shop")));
  // A child of that generation: holds the lifeline as long as it lives.
  const pid_t child = ::fork();
  if (child == 0) {
    generations_.enter_child();
    for (;;) ::pause();
  }
  generations_.retire();
  start(group("shop"));
  const DaemonGroup* elder = current("shop").elder;
  ASSERT_NE(elder, nullptr);
  ASSERT_TRUE(wait_ready(current("shop")));
  EXPECT_TRUE(wait_for([&] { return elder->page.state().superseded.load() == 1; }));
  EXPECT_GT(pid_of(*elder), 0);
  EXPECT_EQ(generations_.count(), 2u);
  ::kill(child, SIGKILL);
  EXPECT_TRUE(wait_for([&] { return generations_.count() == 1; })) << log_text();
}

TEST_F(GenerationsTest, OtherSettingsAreNoElderAndLostGroupsAreSuperseded) {
  std::vector<GroupSettings> groups;
  groups.push_back(group("shop"));
  groups.push_back(group("blog"));
  start(std::move(groups));
  const DaemonGroup& blog = current("blog");
  ASSERT_TRUE(wait_ready(blog));
  generations_.retire();
  GroupSettings changed = group("shop");
  changed.options.threads = 5;
  start(std::move(changed));
  EXPECT_EQ(current("shop").elder, nullptr);
  EXPECT_EQ(current("shop").predecessors.size(), 1u);
  EXPECT_TRUE(wait_for([&] { return generations_.count() == 1; })) << log_text();
  EXPECT_EQ(generations_.find("blog"), nullptr);
}

TEST_F(GenerationsTest, FastRestartsKeepTheOneThatServesAsElder) {
  start(group("shop"));
  ASSERT_TRUE(wait_ready(current("shop")));
  const DaemonGroup* serving = &current("shop");
  generations_.retire();
  start(group("shop"));
  const bool second_ready = current("shop").page.state().ever_ready.load() != 0;
  generations_.retire();
  start(group("shop"));
  if (!second_ready && serving->page.state().superseded.load() == 0) {
    EXPECT_EQ(current("shop").elder, serving);
  }
  ASSERT_TRUE(wait_ready(current("shop")));
  EXPECT_TRUE(wait_for([&] { return generations_.count() == 1; })) << log_text();
}

TEST_F(GenerationsTest, KilledSupervisorLosesNoDaemonAndIsReplaced) {
  const pid_t first = start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  const std::string daemon = order(shop, "pid");
  ::kill(first, SIGKILL);
  EXPECT_EQ(order(shop, "pid"), daemon);
  ASSERT_TRUE(wait_for([&] { return generations_.current()->supervisor != first; }));
  const pid_t second = generations_.current()->supervisor;
  ASSERT_GT(second, 0);
  EXPECT_TRUE(logged("WSGI2002"));
  EXPECT_EQ(order(shop, "pid"), daemon);
  ASSERT_TRUE(wait_ready(shop, 2)) << log_text();
  EXPECT_NE(order(shop, "pid"), daemon);
  EXPECT_TRUE(wait_for([&] { return group_is_empty(first); }));
  generations_.stop();
  EXPECT_TRUE(wait_for([&] { return group_is_empty(second); }));
}

TEST_F(GenerationsTest, LostOrphanIsNoticedByTheNewSupervisor) {
  const pid_t first = start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  const pid_t daemon = pid_of(shop);
  ::kill(first, SIGKILL);
  ::kill(daemon, SIGKILL);
  ASSERT_TRUE(wait_ready(shop, 2)) << log_text();
  EXPECT_NE(pid_of(shop), daemon);
}

TEST_F(GenerationsTest, NudgeWakesTheParent) {
  start(group("shop"));
  // Not restarted after the handler: the call below ends early.
  EXPECT_EQ(::poll(nullptr, 0, 20'000), -1);
  EXPECT_EQ(errno, EINTR);
}

std::size_t count_descriptors() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

TEST_F(GenerationsTest, RestartsLeakNoDescriptors) {
  start(group("shop"));
  ASSERT_TRUE(wait_ready(current("shop")));
  const std::size_t before = count_descriptors();
  for (int i = 0; i < 3; ++i) {
    generations_.retire();
    start(group("shop"));
    ASSERT_TRUE(wait_ready(current("shop")));
    ASSERT_TRUE(wait_for([&] { return generations_.count() == 1; }));
  }
  EXPECT_EQ(count_descriptors(), before);
}

TEST_F(GenerationsTest, ChildKeepsSendingEndsOnly) {
  start(group("shop"));
  ASSERT_TRUE(wait_ready(current("shop")));
  const pid_t child = ::fork();
  if (child == 0) {
    generations_.enter_child();
    const DaemonGroup& shop = current("shop");
    const bool good = !shop.pairs[0].receiving && shop.pairs[0].sending &&
                      !generations_.current()->lifeline_read &&
                      generations_.current()->lifeline_write &&
                      ends_of(shop).sending[0] == shop.pairs[0].sending.get();
    generations_.stop();  // does nothing here
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  pid_t ended;
  do {  // the supervisor's nudge may interrupt
    ended = ::waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  ASSERT_EQ(ended, child);
  EXPECT_EQ(status, 0);
  EXPECT_GT(pid_of(current("shop")), 0);
}

TEST_F(GenerationsTest, NothingIsTriedAgainWhereASupervisorRuns) {
  EXPECT_EQ(*generations_.retry(), 0);
  const pid_t first = start(group("shop"));
  EXPECT_EQ(*generations_.retry(), 0);
  EXPECT_EQ(generations_.current()->supervisor, first);
  generations_.begin_stop();
  EXPECT_TRUE(wait_for([&] { return generations_.current()->supervisor == 0; }));
  EXPECT_EQ(*generations_.retry(), 0);
}

TEST_F(GenerationsTest, NoGroupsNeedNoSupervisor) {
  EXPECT_EQ(start(std::vector<GroupSettings>{}), 0);
  EXPECT_EQ(*generations_.retry(), 0);
  generations_.retire();
  EXPECT_EQ(generations_.count(), 0u);
}

}  // namespace
}  // namespace wsgi::test
