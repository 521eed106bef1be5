// SPDX-License-Identifier: Apache-2.0
// Histograms, intervals and per-worker counters of the metrics.
#include "engine/metrics.h"

#include <gtest/gtest.h>

#include "engine/meter.h"

namespace wsgi::engine {
namespace {

TEST(Metrics, BoundariesBelongToTheHigherBucket) {
  struct {
    std::uint64_t us;
    std::size_t bucket;
  } cases[] = {{0, 0},        {999, 0},         {1000, 0},        {1249, 0},        {1250, 1},
               {1999, 3},     {2000, 4},        {2500, 5},        {3999, 7},        {4000, 8},
               {200'000, 30}, {32'768'000, 60}, {65'535'999, 63}, {65'536'000, 64}, {1u << 30, 64}};
  for (auto [us, bucket] : cases) EXPECT_EQ(bucket_of(us), bucket) << us;
}

Served served(int status, std::uint64_t from, std::uint64_t to) {
  Served s;
  s.status = status;
  s.started_ns = from;
  s.ended_ns = to;
  s.phases_us[static_cast<std::size_t>(Phase::application)] = 3000;
  return s;
}

TEST(Metrics, AnIntervalIsDrained) {
  Metrics metrics(2);
  EXPECT_FALSE(metrics.on());
  metrics.start();
  const std::uint64_t now = mono_ns();
  metrics.add(1, served(204, now, now + 1000));
  metrics.add(1, served(0, now, now + 5000));
  metrics.add(2, served(999, now, now + 10));
  metrics.add(77, served(404, now, now + 10));  // a thread that nobody counts
  Interval past = metrics.drain();
  EXPECT_EQ(past.count, 4u);
  EXPECT_EQ(past.statuses, (std::array<std::uint64_t, 5>{0, 1, 0, 1, 1}));
  ASSERT_EQ(past.workers.size(), 2u);
  EXPECT_EQ(past.workers[0].completed, 2u);
  EXPECT_EQ(past.workers[0].longest_ns, 5000u);
  EXPECT_EQ(past.workers[1].completed, 1u);
  const PhaseSum& application = past.phases[static_cast<std::size_t>(Phase::application)];
  EXPECT_EQ(application.total_us, 12000u);
  EXPECT_EQ(application.min_us, 3000u);
  EXPECT_EQ(application.buckets[6], 4u);
  EXPECT_GT(past.stop_ns, past.start_ns);
  EXPECT_EQ(metrics.drain().count, 0u);
}

TEST(Metrics, ARequestInProgressCountsFromTheIntervalsBegin) {
  Metrics metrics(2);
  const std::uint64_t long_ago = mono_ns() - 5'000'000'000;
  EXPECT_EQ(metrics.begin(2, long_ago), 0u);
  metrics.start();
  Interval past = metrics.drain();
  EXPECT_TRUE(past.workers[1].active);
  EXPECT_FALSE(past.workers[0].active);
  EXPECT_GE(past.workers[1].elapsed_ns, 5'000'000'000u);
  EXPECT_LE(past.workers[1].busy_ns, past.stop_ns - past.start_ns);
  EXPECT_EQ(past.started, 1u);
  metrics.end(2, 0, 7);
  EXPECT_FALSE(metrics.drain().workers[1].active);
  Metrics::Totals all = metrics.totals();
  EXPECT_EQ(all.count, 1u);
  EXPECT_EQ(all.busy_ns, 7u);
  EXPECT_EQ(all.active, 0u);
  ASSERT_EQ(all.threads.size(), 1u);
  EXPECT_EQ(all.threads[0].id, 2u);
}

TEST(Metrics, TheMainThreadIsAWorkerUnderPrefork) {
  Metrics metrics(1);
  metrics.start();
  metrics.begin(0, mono_ns());
  EXPECT_TRUE(metrics.drain().workers[0].active);
}

// A request within a request (a sub-request while a body is sent) does not end the outer one.
TEST(Metrics, NestedRequestsRestoreTheOuterOne) {
  Metrics metrics(1);
  metrics.begin(1, 100);
  const std::uint64_t before = metrics.begin(1, 200);
  EXPECT_EQ(before, 100u);
  metrics.end(1, before, 5);
  EXPECT_EQ(metrics.totals().active, 1u);
}

}  // namespace
}  // namespace wsgi::engine
