// SPDX-License-Identifier: Apache-2.0
#include "engine/metrics.h"

#include <algorithm>
#include <bit>

#include "base/clock.h"
#include "engine/meter.h"

namespace wsgi::engine {
namespace {

std::uint64_t micro(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

std::size_t bucket_of(std::uint64_t us) {
  const std::uint64_t ms = us / 1000;
  if (ms < 1) return 0;
  if (ms >= 65536) return kBuckets - 1;
  const auto octave = static_cast<std::size_t>(std::bit_width(ms)) - 1;
  // Quarters of the octave that lie below: exact, as boundaries are whole microseconds.
  const std::uint64_t base_us = std::uint64_t{1000} << octave;
  return 4 * octave + static_cast<std::size_t>((us - base_us) * 4 / base_us);
}

void PhaseSum::add(std::uint64_t us) {
  min_us = count == 0 ? us : std::min(min_us, us);
  max_us = std::max(max_us, us);
  total_us += us;
  ++count;
  ++buckets[bucket_of(us)];
}

// One more than there are workers: for threads nobody has counted.
Metrics::Metrics(std::size_t workers) : born_us_(wall_us()), workers_(workers + 1) {}

// Workers count from 1; thread 0 is the main thread, which serves under prefork alone.
std::size_t Metrics::index(std::uint32_t thread) const {
  return std::min<std::size_t>(thread == 0 ? 0 : thread - 1, workers_.size() - 1);
}

std::uint64_t Metrics::begin(std::uint32_t thread, std::uint64_t now_ns) {
  Worker& worker = workers_[index(thread)];
  worker.thread.store(thread, std::memory_order_relaxed);
  worker.seen.store(true, std::memory_order_relaxed);
  return worker.started_ns.exchange(now_ns, std::memory_order_relaxed);
}

void Metrics::end(std::uint32_t thread, std::uint64_t before, std::uint64_t busy_ns) {
  Worker& worker = workers_[index(thread)];
  worker.started_ns.store(before, std::memory_order_relaxed);
  worker.busy_ns.fetch_add(busy_ns, std::memory_order_relaxed);
  worker.completed.fetch_add(1, std::memory_order_relaxed);
}

void Metrics::renew() {
  interval_ = Interval();
  interval_.workers.resize(workers_.size() - 1);
  interval_.start_us = wall_us();
  interval_.start_ns = mono_ns();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  interval_.cpu_user_us = micro(used.ru_utime);
  interval_.cpu_system_us = micro(used.ru_stime);
}

void Metrics::start() {
  std::lock_guard guard(lock_);
  if (on()) return;
  renew();
  on_.store(true, std::memory_order_relaxed);
}

void Metrics::add(std::uint32_t thread, const Served& served) {
  std::lock_guard guard(lock_);
  Interval& to = interval_;
  ++to.count;
  const int status = served.status == 0 ? 500 : served.status;
  if (status >= 100 && status < 600) ++to.statuses[static_cast<std::size_t>(status / 100 - 1)];
  to.in += served.in;
  to.reads += served.reads;
  to.out += served.out;
  to.writes += served.writes;
  to.gil_count += served.gil_count;
  for (std::size_t i = 0; i < kPhases; ++i) to.phases[i].add(served.phases_us[i]);
  if (index(thread) >= to.workers.size()) return;
  WorkerSum& worker = to.workers[index(thread)];
  const std::uint64_t from = std::max(served.started_ns, to.start_ns);
  ++worker.completed;
  worker.active = true;
  worker.busy_ns += served.ended_ns > from ? served.ended_ns - from : 0;
  worker.cpu_ns += served.cpu_ns;
  worker.longest_ns = std::max(worker.longest_ns, served.ended_ns - served.started_ns);
}

Interval Metrics::drain() {
  std::lock_guard guard(lock_);
  Interval past = std::move(interval_);
  renew();
  past.stop_us = std::max(interval_.start_us, past.start_us + 1);
  past.stop_ns = std::max(interval_.start_ns, past.start_ns + 1);
  past.cpu_user_us = interval_.cpu_user_us - past.cpu_user_us;
  past.cpu_system_us = interval_.cpu_system_us - past.cpu_system_us;
  for (std::size_t i = 0; i < past.workers.size(); ++i) {
    if (workers_[i].seen.load(std::memory_order_relaxed)) ++past.started;
    const std::uint64_t since = workers_[i].started_ns.load(std::memory_order_relaxed);
    if (since == 0 || since >= past.stop_ns) continue;
    past.workers[i].active = true;
    past.workers[i].elapsed_ns = past.stop_ns - since;
    past.workers[i].busy_ns += past.stop_ns - std::max(since, past.start_ns);
  }
  return past;
}

Metrics::Totals Metrics::totals() const {
  Totals all;
  all.born_us = born_us_;
  const std::uint64_t now = mono_ns();
  for (const Worker& worker : workers_) {
    if (!worker.seen.load(std::memory_order_relaxed)) continue;
    const std::uint64_t count = worker.completed.load(std::memory_order_relaxed);
    const std::uint64_t since = worker.started_ns.load(std::memory_order_relaxed);
    all.count += count;
    all.busy_ns += worker.busy_ns.load(std::memory_order_relaxed);
    if (since != 0) ++all.active, all.busy_ns += now > since ? now - since : 0;
    all.threads.push_back({worker.thread.load(std::memory_order_relaxed), count});
  }
  return all;
}

}  // namespace wsgi::engine
