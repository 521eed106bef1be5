// SPDX-License-Identifier: Apache-2.0
// All time limits of a daemon. decide() is pure: from a snapshot to what should happen. The monitor
// thread takes a snapshot each second and hands decisions on; a probe thread shows that the GIL can
// be had. Source: directives.md, section 5.3; runtime.md, sections 7.4 and 7.5.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "config/settings.h"
#include "daemon/vitals.h"
#include "engine/engine.h"
#include "transport/control.h"
#include "transport/permits.h"

namespace wsgi::daemon {

struct Limits {
  std::uint64_t maximum_requests = 0;
  std::uint32_t restart_interval_s = 0, inactivity_s = 0, startup_s = 0;
  std::uint32_t request_s = 0, interrupt_s = 0, deadlock_s = 0;
  std::uint32_t threads = 1;
};
Limits limits_of(const config::DaemonOptions& options);

// A request in a worker; times in microseconds of the monotonic clock.
struct Running {
  std::uint32_t worker = 0;
  std::uint64_t count = 0;  // which request of this worker
  std::uint64_t started_us = 0;
  std::uint64_t interrupted_us = 0;  // 0: not interrupted
};
struct Snapshot {
  std::uint64_t now_us = 0, born_us = 0, probed_us = 0;
  std::uint64_t served = 0;
  std::uint64_t activity_us = 0;    // 0: no request yet
  std::uint64_t first_load_us = 0;  // 0: none
  bool loaded = false;
  std::vector<Running> running;
};
struct Decision {
  enum class Kind : std::uint8_t { recycle, leave, interrupt };
  Kind kind;
  transport::Cause cause = transport::Cause::none;
  std::uint32_t worker = 0;
  bool operator==(const Decision&) const = default;
};
std::vector<Decision> decide(const Limits& limits, const Snapshot& snapshot);

class Monitor {
 public:
  struct Hooks {
    std::function<void(const Decision&)> apply;
    std::function<void()> tick;  // each second, after the decisions
  };
  Monitor(const Limits& limits, Vitals& vitals, engine::Engine& engine, Hooks hooks);
  ~Monitor();  // joins; the probe thread is left behind if it hangs at the GIL
  Status start();

 private:
  void run();
  Snapshot look();
  bool pause(std::unique_lock<std::mutex>& lock);

  const Limits limits_;
  Vitals& vitals_;
  engine::Engine& engine_;
  const Hooks hooks_;
  std::vector<Running> interrupted_;  // by worker: count and time of the last interruption
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread monitor_, probe_;
};

}  // namespace wsgi::daemon
