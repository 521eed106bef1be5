// SPDX-License-Identifier: Apache-2.0
// Time limits as a table: snapshot in, decisions out.
#include "daemon/monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsgi::daemon {
namespace {

using Kind = Decision::Kind;
using testing::ElementsAre;
using testing::IsEmpty;
using transport::Cause;

constexpr std::uint64_t kSecond = 1'000'000;

Snapshot at(std::uint64_t seconds) {
  Snapshot s;
  s.born_us = s.probed_us = 1000 * kSecond;
  s.now_us = (1000 + seconds) * kSecond;
  return s;
}
Running running_for(const Snapshot& s, std::uint64_t seconds) {
  return {0, 1, s.now_us - seconds * kSecond, 0};
}

TEST(Decide, NothingWithoutLimits) {
  Snapshot s = at(100'000);
  s.served = 1'000'000;
  s.running.push_back(running_for(s, 90'000));
  Limits none;
  EXPECT_THAT(decide(none, s), IsEmpty());
}

TEST(Decide, Deadlock) {
  Limits limits;
  limits.deadlock_s = 300;
  EXPECT_THAT(decide(limits, at(299)), IsEmpty());
  EXPECT_THAT(decide(limits, at(300)), ElementsAre(Decision{Kind::leave, Cause::deadlock_timeout}));
}

TEST(Decide, StartupIsArmedByTheFirstRequestAndEndedByALoad) {
  Limits limits;
  limits.startup_s = 10;
  Snapshot s = at(100);
  EXPECT_THAT(decide(limits, s), IsEmpty()) << "no request yet";
  s.first_load_us = s.now_us - 10 * kSecond;
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::leave, Cause::startup_timeout}));
  s.loaded = true;
  EXPECT_THAT(decide(limits, s), IsEmpty());
}

TEST(Decide, RequestLimitGrowsWithThreads) {
  Limits limits;
  limits.request_s = 10;
  Snapshot s = at(100);
  s.running.push_back(running_for(s, 20));
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::leave, Cause::request_timeout, 0}));
  limits.threads = 5;  // 26.1 s
  EXPECT_THAT(decide(limits, s), IsEmpty());
  s.running[0] = running_for(s, 27);
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::leave, Cause::request_timeout, 0}));
}

TEST(Decide, InterruptFirstThenLeave) {
  Limits limits;
  limits.request_s = 10;
  limits.interrupt_s = 5;
  Snapshot s = at(100);
  s.running.push_back(running_for(s, 11));
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::interrupt, Cause::request_timeout, 0}));
  s.running[0].interrupted_us = s.now_us - 4 * kSecond;
  EXPECT_THAT(decide(limits, s), IsEmpty());
  s.running[0].interrupted_us = s.now_us - 5 * kSecond;
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::leave, Cause::request_timeout, 0}));
}

TEST(Decide, InactivityIgnoresWedgedRequestsOnly) {
  Limits limits;
  limits.inactivity_s = 30;
  Snapshot s = at(1000);
  EXPECT_THAT(decide(limits, s), IsEmpty()) << "not armed before the first request";
  s.activity_us = s.now_us - 29 * kSecond;
  EXPECT_THAT(decide(limits, s), IsEmpty());
  s.activity_us = s.now_us - 30 * kSecond;
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::leave, Cause::inactivity_timeout}));
  s.running.push_back(running_for(s, 500));
  EXPECT_THAT(decide(limits, s), IsEmpty()) << "no limit, so never wedged";
  limits.request_s = 100;
  limits.interrupt_s = 50;
  limits.threads = 1000;  // the request limit itself does not fire yet
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::leave, Cause::inactivity_timeout}));
}

TEST(Decide, RecyclesByCountAndAge) {
  Limits limits;
  limits.maximum_requests = 5;
  limits.restart_interval_s = 60;
  Snapshot s = at(59);
  s.served = 4;
  EXPECT_THAT(decide(limits, s), IsEmpty());
  s.served = 5;
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::recycle, Cause::maximum_requests}));
  s.served = 0;
  s.now_us += kSecond;
  EXPECT_THAT(decide(limits, s), ElementsAre(Decision{Kind::recycle, Cause::restart_interval}));
}

}  // namespace
}  // namespace wsgi::daemon
