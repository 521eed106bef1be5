// SPDX-License-Identifier: Apache-2.0
// Slot words and permits: the rules one by one, then many threads at once.
#include "transport/permits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace wsgi::transport {
namespace {

Page make(std::uint16_t slots, std::uint32_t threads) {
  PageShape shape;
  shape.slots = slots;
  shape.threads = threads;
  auto page = Page::create("grp", shape, {});
  EXPECT_TRUE(page);
  return std::move(*page);
}

TEST(SlotWord, PacksAndDistrustsStates) {
  const SlotWord word{0xdeadbeef, SlotState::draining, 0x123456};
  const SlotWord got = SlotWord::unpack(word.pack());
  EXPECT_EQ(got.generation, 0xdeadbeefu);
  EXPECT_EQ(got.state, SlotState::draining);
  EXPECT_EQ(got.in_use, 0x123456u);
  EXPECT_EQ(SlotWord::unpack(0xffffffffffffffff).state, SlotState::stopped);
}

TEST(Permits, OnlyFromReadySlotsAndUpToThreads) {
  const Page page = make(1, 2);
  EXPECT_FALSE(try_take(page, SlotState::ready, {}, 0)) << "starting";
  set_ready(page, 0, 1);
  EXPECT_TRUE(try_take(page, SlotState::ready, {}, 0));
  EXPECT_TRUE(try_take(page, SlotState::ready, {}, 0));
  EXPECT_FALSE(try_take(page, SlotState::ready, {}, 0)) << "full";
  EXPECT_EQ(load_word(page, 0).in_use, 2u);
  for (auto state : {SlotState::starting, SlotState::draining, SlotState::broken,
                     SlotState::stopped, SlotState::fading}) {
    set_ready(page, 0, 2);
    set_state(page, 0, state);
    EXPECT_FALSE(try_take(page, SlotState::ready, {}, 0));
  }
  set_ready(page, 0, 3);
  set_state(page, 0, SlotState::fading);
  EXPECT_TRUE(try_take(page, SlotState::fading, {}, 0));
}

TEST(Permits, LeastInUseThenIdleThenTurn) {
  const Page page = make(3, 4);
  for (std::size_t k = 0; k < 3; ++k) set_ready(page, k, 1);
  EXPECT_EQ(try_take(page, SlotState::ready, {}, 1)->slot, 1);
  EXPECT_EQ(try_take(page, SlotState::ready, {}, 1)->slot, 2);
  EXPECT_EQ(try_take(page, SlotState::ready, {}, 1)->slot, 0);
  const SlotHint hints[3] = {{true, false}, {true, false}, {true, true}};
  EXPECT_EQ(try_take(page, SlotState::ready, hints, 0)->slot, 2);
  const SlotHint unusable[3] = {{true, false}, {false, false}, {false, false}};
  EXPECT_EQ(try_take(page, SlotState::ready, unusable, 1)->slot, 0);
  const SlotHint none[3] = {{false, false}, {false, false}, {false, false}};
  EXPECT_FALSE(try_take(page, SlotState::ready, none, 0));
}

TEST(Permits, ANewGenerationVoidsOldOnes) {
  const Page page = make(1, 2);
  set_ready(page, 0, 1);
  const auto old = try_take(page, SlotState::ready, {}, 0);
  set_ready(page, 0, 2);
  EXPECT_EQ(load_word(page, 0).in_use, 0u);
  EXPECT_FALSE(give_back(page, *old));
  const auto fresh = try_take(page, SlotState::ready, {}, 0);
  EXPECT_FALSE(give_back(page, *old));
  EXPECT_EQ(load_word(page, 0).in_use, 1u);
  EXPECT_TRUE(give_back(page, *fresh));
  EXPECT_FALSE(give_back(page, *fresh)) << "never below zero";
}

TEST(Permits, DrainingKeepsCountsStartingClearsThem) {
  const Page page = make(1, 2);
  set_ready(page, 0, 1);
  const auto permit = try_take(page, SlotState::ready, {}, 0);
  set_state(page, 0, SlotState::draining);
  EXPECT_EQ(load_word(page, 0).in_use, 1u);
  EXPECT_TRUE(give_back(page, *permit));
  set_ready(page, 0, 2);
  EXPECT_TRUE(try_take(page, SlotState::ready, {}, 0));
  set_state(page, 0, SlotState::starting);
  EXPECT_EQ(load_word(page, 0).in_use, 0u);
  EXPECT_EQ(load_word(page, 0).generation, 2u);
}

TEST(Permits, RepairOnlyWhatIsStillAsSeen) {
  const Page page = make(1, 4);
  set_ready(page, 0, 1);
  const auto permit = try_take(page, SlotState::ready, {}, 0);
  ASSERT_TRUE(try_take(page, SlotState::ready, {}, 0));
  EXPECT_FALSE(repair(page, *permit, 1, 0)) << "seen before the second was taken";
  EXPECT_FALSE(repair(page, *permit, 2, 3)) << "never raises";
  EXPECT_FALSE(repair(page, {0, 9}, 2, 0)) << "another occupant";
  EXPECT_TRUE(repair(page, *permit, 2, 1));
  EXPECT_EQ(load_word(page, 0).in_use, 1u);
}

TEST(Permits, AWaiterIsWokenByGivingBack) {
  const Page page = make(1, 1);
  set_ready(page, 0, 1);
  const auto permit = try_take(page, SlotState::ready, {}, 0);
  std::atomic<bool> got{false};
  page.bell().waiters.fetch_add(1);
  std::thread waiter([&] {
    for (;;) {
      const auto seen = page.bell().bell.load();
      if (try_take(page, SlotState::ready, {}, 0)) break;
      wait_bell(page, seen, Deadline());
    }
    got = true;
  });
  EXPECT_FALSE(got);
  give_back(page, *permit);
  waiter.join();
  EXPECT_TRUE(got);
}

// Never more than `threads` at once, nothing lost: takers, and a supervisor that replaces
// occupants.
TEST(Permits, ManyThreads) {
  const Page page = make(2, 3);
  set_ready(page, 0, 1);
  set_ready(page, 1, 1);
  std::atomic<int> inside[2] = {};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 3000;) {
        page.bell().waiters.fetch_add(1);
        const auto seen = page.bell().bell.load();
        const auto permit = try_take(page, SlotState::ready, {}, t);
        if (!permit) wait_bell(page, seen, Deadline::in(std::chrono::milliseconds(1000)));
        page.bell().waiters.fetch_sub(1);
        if (!permit) continue;
        const int now = ++inside[permit->slot];
        int seen_most = most.load();
        while (now > seen_most && !most.compare_exchange_weak(seen_most, now)) {
        }
        --inside[permit->slot];
        ASSERT_TRUE(give_back(page, *permit));
        ++round;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most.load(), 3);
  EXPECT_EQ(load_word(page, 0).in_use, 0u);
  EXPECT_EQ(load_word(page, 1).in_use, 0u);
  EXPECT_EQ(page.bell().waiters, 0u);
}

TEST(Permits, ManyThreadsWhileOccupantsChange) {
  const Page page = make(1, 3);
  set_ready(page, 0, 1);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      while (!stop) {
        if (const auto permit = try_take(page, SlotState::ready, {}, t)) give_back(page, *permit);
      }
    });
  }
  for (std::uint32_t generation = 2; generation < 2000; ++generation) {
    if (generation % 3 == 0) set_state(page, 0, SlotState::draining);
    set_ready(page, 0, generation);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(load_word(page, 0).in_use, 0u);
}

TEST(Waiters, TheDeadAreFoundAmongTheSleeping) {
  const Page page = make(1, 1);
  EXPECT_EQ(missing_waiters(page), 0u);
  count_waiter(page);
  count_waiter(page);  // these two were killed
  std::atomic<bool> stop{false};
  std::thread living([&] {
    count_waiter(page);
    while (!stop) wait_bell(page, page.bell().bell.load(), Deadline::in(std::chrono::seconds(1)));
    uncount_waiter(page);
  });
  while (page.bell().waiters != 3) std::this_thread::yield();
  // Whether the living one sleeps at that moment is chance; often enough it does.
  std::uint32_t fewest = 3;
  while (fewest > 2) {
    std::this_thread::yield();
    fewest = std::min(fewest, missing_waiters(page));
  }
  EXPECT_EQ(fewest, 2u);
  forget_waiters(page, fewest);
  EXPECT_EQ(page.bell().waiters, 1u);
  stop = true;
  ring_all(page);
  living.join();
  EXPECT_EQ(page.bell().waiters, 0u);
  uncount_waiter(page);
  EXPECT_EQ(page.bell().waiters, 0u) << "one taken for dead came back";
}

}  // namespace
}  // namespace wsgi::transport
