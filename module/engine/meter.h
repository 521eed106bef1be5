// SPDX-License-Identifier: Apache-2.0
// What a request costs, measured only while somebody asks (subscribers of events, or metrics that
// are recorded): time at the client's side, time to get the GIL back, CPU time of the thread.
// Belongs to its request; waits may be added by any thread that uses the request. Off: one branch.
#pragma once

#include <sys/resource.h>

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "python/py.h"

namespace wsgi::engine {

inline std::uint64_t mono_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
          .count());
}

struct Meter {
  bool on = false;     // set once, before the application is called
  bool heard = false;  // on because of a subscriber
  rusage cpu{};        // of the thread at the start; valid if on
  std::atomic<std::uint64_t> input_ns{0}, output_ns{0};
  std::atomic<std::uint64_t> gil_ns{0};
  std::atomic<std::uint32_t> gil_count{0};

  void start() {
    on = true;
    ::getrusage(RUSAGE_THREAD, &cpu);
  }
};

// Detached (python/attach.h) that counts where the time went: `to` the work, gil_ns the way back.
class Away {
 public:
  Away(Meter& meter, std::atomic<std::uint64_t>& to)
      : meter_(meter), to_(to), started_(meter.on ? mono_ns() : 0), state_(PyEval_SaveThread()) {}
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;
  ~Away() {
    if (started_ == 0) {
      PyEval_RestoreThread(state_);
      return;
    }
    const std::uint64_t back = mono_ns();
    PyEval_RestoreThread(state_);
    to_.fetch_add(back - started_, std::memory_order_relaxed);
    meter_.gil_ns.fetch_add(mono_ns() - back, std::memory_order_relaxed);
    meter_.gil_count.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  Meter& meter_;
  std::atomic<std::uint64_t>& to_;
  const std::uint64_t started_;
  PyThreadState* state_;
};

}  // namespace wsgi::engine
