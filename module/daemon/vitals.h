// SPDX-License-Identifier: Apache-2.0
// What a daemon knows of its own work: counters and one flight for each worker. Written by workers
// without locks, read by the monitor. Memory of this process, unlike the page, which others write.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace wsgi::daemon {

// Microseconds of the monotonic clock; never 0.
inline std::uint64_t mono_us() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch())
          .count());
}

struct Flight {
  std::atomic<std::uint64_t> started_us{0};  // 0 idle
  std::atomic<std::uint64_t> count{0};       // which request of this worker
};

struct Vitals {
  explicit Vitals(std::uint32_t threads) : born_us(mono_us()), flights(threads) {}

  const std::uint64_t born_us;
  std::vector<Flight> flights;
  std::atomic<std::uint32_t> active{0};
  std::atomic<std::uint64_t> served{0};
  std::atomic<std::uint64_t> activity_us{0};    // 0: no request yet
  std::atomic<std::uint64_t> first_load_us{0};  // a request began to load a script; 0: none yet
  std::atomic<std::uint64_t> probed_us{0};      // the GIL could last be had
  std::atomic<bool> loaded{false};              // a script was loaded

  void note_activity() { activity_us.store(mono_us(), std::memory_order_relaxed); }
};

}  // namespace wsgi::daemon
