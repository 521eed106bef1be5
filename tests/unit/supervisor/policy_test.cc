// SPDX-License-Identifier: Apache-2.0
// The supervisor's decisions as a table: each row is an event at a time and the actions it causes,
// written as one line of text.
#include "supervisor/policy.h"

#include <gtest/gtest.h>

namespace wsgi::supervisor {
namespace {

std::string name(SlotState state) {
  static constexpr const char* kNames[] = {"starting", "ready",  "fading",
                                           "draining", "broken", "stopped"};
  return kNames[static_cast<int>(state)];
}

std::string text(const Action& a) {
  const std::string at = std::to_string(a.slot) + "." + std::to_string(a.generation);
  const std::string slot = std::to_string(a.slot);
  const std::string cause(cause_name(a.cause));
  switch (a.kind) {
    case ActionKind::spawn:
      return "spawn " + at;
    case ActionKind::drain:
      return "drain " + at + " " + cause + " " + std::to_string(a.within_ms);
    case ActionKind::kill:
      return "kill " + at + " " + cause;
    case ActionKind::set_ready:
      return "ready " + at;
    case ActionKind::set_state:
      return name(a.state) + " " + slot;
    case ActionKind::record_death:
      return "record " + at;
    case ActionKind::flush:
      return "flush " + slot;
    case ActionKind::ring:
      return "ring";
    case ActionKind::set_broken:
      return "group " + std::to_string(a.within_ms);
    case ActionKind::supersede:
      return "supersede";
    case ActionKind::retry:
      return "retry " + slot + " " + std::to_string(a.within_ms);
    case ActionKind::say:
      return "say " + std::string(error_info(a.id).key);
    case ActionKind::finish:
      return "finish";
  }
  return "?";
}

class PolicyTest : public ::testing::Test {
 protected:
  void make(PolicyOptions options) { policy_.emplace(std::move(options)); }
  // The actions of an event, `at` after the start.
  std::string on(std::chrono::milliseconds at, Event event) {
    std::string all;
    for (const Action& action : policy_->on(event, start_ + at)) {
      if (!all.empty()) all += ", ";
      all += text(action);
    }
    return all;
  }
  std::optional<std::chrono::milliseconds> next() const {
    const auto time = policy_->next();
    if (!time) return {};
    return std::chrono::duration_cast<std::chrono::milliseconds>(*time - start_);
  }
  static Event ready(std::uint32_t slot, std::uint32_t generation) {
    return {EventKind::ready, slot, generation};
  }
  static Event exited(std::uint32_t slot, std::uint32_t generation) {
    return {EventKind::exited, slot, generation};
  }
  std::optional<Policy> policy_;
  Clock::time_point start_ = Clock::time_point(1h);
};

constexpr const char* kBegin1 = "starting 0, flush 0, spawn 0.1";

TEST_F(PolicyTest, StartsEverySlotAndTheFirstReadySupersedes) {
  make({.slots = 2});
  EXPECT_EQ(on(0ms, {EventKind::begin}),
            "starting 0, flush 0, spawn 0.1, starting 1, flush 1, spawn 1.1");
  EXPECT_EQ(next(), 120s);
  EXPECT_EQ(on(1s, ready(1, 1)), "ready 1.1, supersede");
  EXPECT_EQ(on(2s, ready(0, 1)), "ready 0.1");
  EXPECT_EQ(on(2s, ready(0, 1)), "");  // said twice
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(PolicyTest, FailedStartsBackOffAndBreakTheGroup) {
  make({});
  EXPECT_EQ(on(0ms, {EventKind::begin}), kBegin1);
  EXPECT_EQ(on(100ms, exited(0, 1)),
            "supersede, broken 0, record 0.1, flush 0, ring, retry 0 1000, say daemon_broken, "
            "group 1000");
  EXPECT_EQ(on(500ms, {EventKind::tick}), "");
  std::chrono::milliseconds now = 100ms;
  std::uint32_t generation = 2;
  for (const auto delay : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    now += delay;
    EXPECT_EQ(next(), now);
    EXPECT_EQ(on(now, {EventKind::tick}), "spawn 0." + std::to_string(generation));
    const auto after = std::min<std::chrono::milliseconds>(delay * 2, 60s);
    EXPECT_EQ(on(now, exited(0, generation)),
              "record 0." + std::to_string(generation) + ", flush 0, ring, retry 0 " +
                  std::to_string(after.count()) + ", group " + std::to_string(after.count()));
    ++generation;
  }
  EXPECT_EQ(on(now + 60s, {EventKind::tick}), "spawn 0.10");
  EXPECT_EQ(on(now + 61s, ready(0, 10)), "ready 0.10, group 0");
  // The counter starts anew.
  EXPECT_EQ(on(now + 100s, exited(0, 10)), "starting 0, record 0.10, flush 0, ring, spawn 0.11");
  EXPECT_EQ(on(now + 101s, exited(0, 11)),
            "broken 0, record 0.11, flush 0, ring, retry 0 1000, say daemon_broken, group 1000");
}

TEST_F(PolicyTest, OneBrokenSlotDoesNotBreakTheGroup) {
  make({.slots = 2});
  on(0ms, {EventKind::begin});
  EXPECT_EQ(on(0ms, exited(1, 1)), "supersede, broken 1, record 1.1, flush 1, ring, retry 1 1000");
  EXPECT_EQ(on(10ms, ready(0, 1)), "ready 0.1");
}

TEST_F(PolicyTest, ForkFailureIsAFailedStart) {
  make({});
  on(0ms, {EventKind::begin});
  EXPECT_EQ(on(0ms, {EventKind::fork_failed, 0, 1}),
            "supersede, broken 0, record 0.1, flush 0, ring, retry 0 1000, say daemon_broken, "
            "group 1000");
}

TEST_F(PolicyTest, WithoutRuntimeItIsBrokenForGood) {
  make({.slots = 2, .hopeless = true});
  EXPECT_EQ(on(0ms, {EventKind::begin}),
            "broken 0, broken 1, supersede, say daemon_broken, group 20000");
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_EQ(on(1s, {EventKind::stop}),
            "draining 0, draining 1, group 0, stopped 0, stopped 1, finish");
}

TEST_F(PolicyTest, SlowStartIsKilled) {
  make({});
  on(0ms, {EventKind::begin});
  EXPECT_EQ(on(119s, {EventKind::tick}), "");
  EXPECT_EQ(on(120s, {EventKind::tick}), "kill 0.1 startup_timeout");
  EXPECT_EQ(on(120s, ready(0, 1)), "");
  EXPECT_EQ(on(120s, exited(0, 1)),
            "supersede, broken 0, record 0.1, flush 0, ring, retry 0 1000, say daemon_broken, "
            "group 1000");
  make({.startup_timeout = 300s});
  on(0ms, {EventKind::begin});
  EXPECT_EQ(next(), 300s);
}

TEST_F(PolicyTest, WrongVersionIsKilledAndCountsAsFailedStart) {
  make({});
  on(0ms, {EventKind::begin});
  EXPECT_EQ(on(1s, {EventKind::rejected, 0, 1}), "kill 0.1 start_failed");
  EXPECT_EQ(on(1s, {EventKind::rejected, 0, 1}), "");
  EXPECT_EQ(on(1s, exited(0, 1)),
            "supersede, broken 0, record 0.1, flush 0, ring, retry 0 1000, say daemon_broken, "
            "group 1000");
}

TEST_F(PolicyTest, ProtocolViolationOfAnOccupantIsItsEnd) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(2s, {EventKind::rejected, 0, 1}), "kill 0.1 killed");
  EXPECT_EQ(on(2s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring, spawn 0.2");
}

TEST_F(PolicyTest, CrashIsReplacedAtOnceInTheOrderOfTheProtocol) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(5s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring, spawn 0.2");
}

TEST_F(PolicyTest, QuickDeathsAreDelayed) {
  make({});
  on(0ms, {EventKind::begin});
  for (std::uint32_t generation : {1u, 2u}) {
    on(0ms, ready(0, generation));
    EXPECT_EQ(on(0ms, exited(0, generation)), "starting 0, record 0." + std::to_string(generation) +
                                                  ", flush 0, ring, spawn 0." +
                                                  std::to_string(generation + 1));
  }
  on(0ms, ready(0, 3));
  EXPECT_EQ(on(500ms, exited(0, 3)),
            "starting 0, record 0.3, flush 0, ring, broken 0, retry 0 1000, say daemon_backoff, "
            "say daemon_broken, group 1000");
  EXPECT_EQ(on(1500ms, {EventKind::tick}), "spawn 0.4");
  EXPECT_EQ(on(1500ms, ready(0, 4)), "ready 0.4, group 0");
  EXPECT_EQ(on(1600ms, exited(0, 4)),
            "starting 0, record 0.4, flush 0, ring, broken 0, retry 0 2000, say daemon_backoff, "
            "say daemon_broken, group 2000");
  on(3600ms, {EventKind::tick});
  on(3600ms, ready(0, 5));
  // It lived for ten seconds: forgiven.
  EXPECT_EQ(on(13600ms, exited(0, 5)), "starting 0, record 0.5, flush 0, ring, spawn 0.6");
  on(13600ms, ready(0, 6));
  EXPECT_EQ(on(13700ms, exited(0, 6)), "starting 0, record 0.6, flush 0, ring, spawn 0.7");
}

TEST_F(PolicyTest, ReplacementComesBeforeDrain) {
  make({.graceful_timeout = 15s, .shutdown_timeout = 5s});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(20s, {EventKind::recycle, 0, 1, Cause::maximum_requests}), "spawn 0.2");
  EXPECT_EQ(on(20s, {EventKind::recycle, 0, 1, Cause::maximum_requests}), "");
  EXPECT_EQ(on(23s, ready(0, 2)), "ready 0.2, drain 0.1 maximum_requests 20000");
  EXPECT_EQ(next(), 43s);
  // Its queue belongs to the successor now.
  EXPECT_EQ(on(24s, exited(0, 1)), "record 0.1");
  EXPECT_EQ(next(), std::nullopt);
}

TEST_F(PolicyTest, ReplacedProcessThatDoesNotLeaveIsKilled) {
  make({});
  on(0ms, {EventKind::begin});
  on(0s, ready(0, 1));
  on(20s, {EventKind::recycle, 0, 1, Cause::restart_interval});
  on(20s, ready(0, 2));
  EXPECT_EQ(on(40s, {EventKind::tick}), "kill 0.1 restart_interval");
  EXPECT_EQ(on(40s, {EventKind::tick}), "");
  EXPECT_EQ(on(40s, exited(0, 1)), "record 0.1");
}

TEST_F(PolicyTest, FailingReplacementLeavesTheOldOneServing) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  on(20s, {EventKind::recycle, 0, 1, Cause::graceful_signal});
  EXPECT_EQ(on(21s, exited(0, 2)), "retry 0 1000");
  EXPECT_EQ(on(22s, {EventKind::tick}), "spawn 0.3");
  EXPECT_EQ(on(23s, ready(0, 3)), "ready 0.3, drain 0.1 graceful_signal 20000");
}

TEST_F(PolicyTest, DeathDuringReplacementWaitsForIt) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  on(20s, {EventKind::recycle, 0, 1, Cause::maximum_requests});
  EXPECT_EQ(on(21s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring");
  EXPECT_EQ(on(22s, ready(0, 2)), "ready 0.2");
}

TEST_F(PolicyTest, LeavingStartsAReplacementAtOnce) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(20s, {EventKind::leaving, 0, 1, Cause::script_reload, 5000}),
            "draining 0, spawn 0.2");
  EXPECT_EQ(on(21s, ready(0, 2)), "ready 0.2");
  EXPECT_EQ(on(25s, {EventKind::tick}), "kill 0.1 script_reload");
  EXPECT_EQ(on(25s, exited(0, 1)), "record 0.1");
}

TEST_F(PolicyTest, LeavingThenGoneBeforeTheReplacement) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  on(20s, {EventKind::leaving, 0, 1, Cause::deadlock_timeout, 0});
  EXPECT_EQ(on(20s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring");
  EXPECT_EQ(on(21s, ready(0, 2)), "ready 0.2");
}

TEST_F(PolicyTest, WithoutOverlapTheOldOneLeavesFirst) {
  make({.overlap = false});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(20s, {EventKind::recycle, 0, 1, Cause::maximum_requests}), "fading 0");
  EXPECT_EQ(on(21s, {EventKind::leaving, 0, 1, Cause::maximum_requests, 5000}), "draining 0");
  EXPECT_EQ(on(22s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring, spawn 0.2");
}

TEST_F(PolicyTest, FinishedScriptsAreStartedAgainAndBackOff) {
  make({});
  on(0ms, {EventKind::begin});
  on(0ms, ready(0, 1));
  EXPECT_EQ(on(50s, {EventKind::leaving, 0, 1, Cause::finished, 0}), "draining 0");
  EXPECT_EQ(on(50s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring, spawn 0.2");
  for (std::uint32_t generation : {2u, 3u}) {
    on(50s, {EventKind::leaving, 0, generation, Cause::finished, 0});
    EXPECT_EQ(on(50s, exited(0, generation)), "starting 0, record 0." + std::to_string(generation) +
                                                  ", flush 0, ring, spawn 0." +
                                                  std::to_string(generation + 1));
  }
  on(50s, {EventKind::leaving, 0, 4, Cause::finished, 0});
  EXPECT_NE(on(50s, exited(0, 4)).find("retry 0 1000"), std::string::npos);
}

TEST_F(PolicyTest, RetiredServesOnUntilChildrenAreGoneAndSuccessorIsReady) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(10s, {EventKind::retire}), "");
  EXPECT_EQ(on(11s, exited(0, 1)), "starting 0, record 0.1, flush 0, ring, spawn 0.2");
  EXPECT_EQ(on(12s, ready(0, 2)), "ready 0.2");  // its own predecessors are left to its successor
  EXPECT_EQ(on(13s, {EventKind::lifeline}), "");
  EXPECT_TRUE(policy_->waits_for_successor());
  EXPECT_EQ(next(), 133s);
  EXPECT_EQ(on(14s, {EventKind::superseded}), "draining 0, drain 0.2 restart 0");
  EXPECT_EQ(on(29s, {EventKind::tick}), "say generation_serving");
  EXPECT_EQ(on(100s, {EventKind::tick}), "");
  EXPECT_EQ(on(100s, exited(0, 2)), "record 0.2, flush 0, ring, stopped 0, finish");
  EXPECT_TRUE(policy_->finished());
}

TEST_F(PolicyTest, RetiredAndSupersededWaitsForItsChildren) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(10s, {EventKind::retire}), "");
  EXPECT_EQ(on(10s, {EventKind::superseded}), "");
  EXPECT_EQ(on(60s, {EventKind::lifeline}), "draining 0, drain 0.1 restart 0");
}

TEST_F(PolicyTest, RetiredWithoutReadySuccessorLeavesAfterTwoMinutes) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  on(10s, {EventKind::retire});
  on(10s, {EventKind::lifeline});
  EXPECT_EQ(on(129s, {EventKind::tick}), "");
  EXPECT_EQ(on(130s, {EventKind::tick}), "draining 0, drain 0.1 restart 0");
}

TEST_F(PolicyTest, DeadParentEndsAll) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(10s, {EventKind::lifeline}), "draining 0, drain 0.1 stop 5000");
}

TEST_F(PolicyTest, StopDrainsThenKills) {
  make({.slots = 2});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(10s, {EventKind::stop}),
            "draining 0, drain 0.1 stop 5000, draining 1, kill 1.1 stop");
  EXPECT_EQ(on(10s, {EventKind::stop}), "");
  EXPECT_EQ(on(10s, exited(1, 1)), "");
  EXPECT_EQ(on(15s, {EventKind::tick}), "kill 0.1 stop");
  EXPECT_EQ(on(15s, exited(0, 1)), "record 0.1, flush 0, ring, stopped 0, stopped 1, finish");
}

TEST_F(PolicyTest, StopWithoutShutdownTimeoutIsStillBounded) {
  make({.shutdown_timeout = 0s});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  EXPECT_EQ(on(10s, {EventKind::stop}), "draining 0, drain 0.1 stop 8000");
}

TEST_F(PolicyTest, AdoptedOccupantServesUntilTheReplacementIsReady) {
  make({});
  on(0ms, {EventKind::seed, 0, 7});
  EXPECT_EQ(on(0ms, {EventKind::adopt, 0, 7}), "");
  EXPECT_EQ(on(0ms, {EventKind::begin}), "spawn 0.8");
  EXPECT_EQ(on(1s, exited(0, 8)), "supersede, retry 0 1000");
  EXPECT_EQ(on(2s, {EventKind::tick}), "spawn 0.9");
  EXPECT_EQ(on(3s, ready(0, 9)), "ready 0.9, drain 0.7 replaced 20000");
  EXPECT_EQ(on(4s, {EventKind::stop}), "draining 0, drain 0.9 stop 5000");
  EXPECT_EQ(on(5s, exited(0, 9)), "record 0.9, flush 0, ring, stopped 0, finish");
}

// A time that is due would be asked for again and again.
TEST_F(PolicyTest, NothingIsDueOnceAllHasEnded) {
  make({});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  on(2s, {EventKind::retire});
  on(3s, {EventKind::lifeline});
  on(4s, {EventKind::superseded});
  EXPECT_EQ(next(), 19s);  // would say who still serves
  on(5s, exited(0, 1));
  ASSERT_TRUE(policy_->finished());
  EXPECT_FALSE(policy_->next());
}

TEST_F(PolicyTest, TheLongestTimesAreNotShort) {
  make({.graceful_timeout = std::chrono::seconds(INT32_MAX)});
  on(0ms, {EventKind::begin});
  on(1s, ready(0, 1));
  on(2s, {EventKind::recycle, 0, 1, Cause::graceful_signal});
  EXPECT_EQ(on(3s, ready(0, 2)), "ready 0.2, drain 0.1 graceful_signal 2147483647");
}

TEST_F(PolicyTest, UnknownProcessesAreIgnored) {
  make({});
  on(0ms, {EventKind::begin});
  EXPECT_EQ(on(0ms, ready(0, 9)), "");
  EXPECT_EQ(on(0ms, exited(3, 1)), "");
}

}  // namespace
}  // namespace wsgi::supervisor
