// SPDX-License-Identifier: Apache-2.0
// What requests of this process cost, for mod_wsgi.request_metrics() and process_metrics(). A few
// counters per worker are kept always (plain stores by the worker itself); intervals only once
// recording has started, under one lock at the end of each request. No Python here. Any thread.
// Source: python-api.md, section 7.
#pragma once

#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace wsgi::engine {

enum class Phase : std::uint8_t {
  server,
  queue,
  daemon,
  application,
  request,
  gil_wait,
  input_read,
  output_write
};
inline constexpr std::size_t kPhases = 8;
inline constexpr std::size_t kBuckets = 65;

// Index 0 up to and with the first quarter above 1 ms, then four to each octave, 64 from 65536 ms.
std::size_t bucket_of(std::uint64_t us);

struct PhaseSum {
  std::uint64_t count = 0, total_us = 0, min_us = 0, max_us = 0;
  std::array<std::uint64_t, kBuckets> buckets{};
  void add(std::uint64_t us);
};

// A request that is over. Times of the monotonic clock in nanoseconds, phases in microseconds.
struct Served {
  int status = 0;
  std::uint64_t started_ns = 0, ended_ns = 0, cpu_ns = 0;
  std::array<std::uint64_t, kPhases> phases_us{};
  std::uint64_t in = 0, reads = 0, out = 0, writes = 0, gil_count = 0;
};

struct WorkerSum {
  std::uint64_t completed = 0, busy_ns = 0, cpu_ns = 0, longest_ns = 0, elapsed_ns = 0;
  bool active = false;
};

struct Interval {
  std::uint64_t start_us = 0, stop_us = 0;           // since the epoch
  std::uint64_t start_ns = 0, stop_ns = 0;           // monotonic
  std::uint64_t cpu_user_us = 0, cpu_system_us = 0;  // of the process
  std::uint64_t count = 0;
  std::array<std::uint64_t, 5> statuses{};  // 1xx to 5xx
  std::uint64_t in = 0, reads = 0, out = 0, writes = 0, gil_count = 0;
  std::array<PhaseSum, kPhases> phases;
  std::vector<WorkerSum> workers;
  std::size_t started = 0;  // workers that ever served
};

class Metrics {
 public:
  explicit Metrics(std::size_t workers);

  // The calling worker begins; what begin() said is given back to end().
  std::uint64_t begin(std::uint32_t thread, std::uint64_t now_ns);
  void end(std::uint32_t thread, std::uint64_t before, std::uint64_t busy_ns);

  bool on() const { return on_.load(std::memory_order_relaxed); }
  void start();
  void add(std::uint32_t thread, const Served& served);
  // What happened since the last time; the next interval begins.
  Interval drain();

  struct Thread {
    std::uint32_t id;
    std::uint64_t count;
  };
  struct Totals {
    std::uint64_t born_us = 0, count = 0, busy_ns = 0, active = 0;
    std::vector<Thread> threads;  // those that ever served
  };
  Totals totals() const;

 private:
  struct Worker {
    std::atomic<std::uint64_t> started_ns{0};  // 0: idle
    std::atomic<std::uint64_t> completed{0}, busy_ns{0};
    std::atomic<std::uint32_t> thread{0};
    std::atomic<bool> seen{false};
  };
  std::size_t index(std::uint32_t thread) const;
  void renew();

  const std::uint64_t born_us_;
  std::vector<Worker> workers_;
  std::atomic<bool> on_{false};
  std::mutex lock_;
  Interval interval_;
};

}  // namespace wsgi::engine
