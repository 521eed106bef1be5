// SPDX-License-Identifier: Apache-2.0
// The decisions, and the threads around them.
#include "daemon/monitor.h"

#include <cmath>
#include <system_error>

namespace wsgi::daemon {

using transport::Cause;

namespace {

constexpr std::uint64_t kSecond = 1'000'000;

bool over(std::uint64_t since_us, std::uint64_t now_us, double limit_s) {
  return now_us > since_us &&
         static_cast<double>(now_us - since_us) >= limit_s * static_cast<double>(kSecond);
}

}  // namespace

Limits limits_of(const config::DaemonOptions& options) {
  Limits limits;
  limits.maximum_requests = options.maximum_requests;
  limits.restart_interval_s = options.restart_interval;
  limits.inactivity_s = options.inactivity_timeout;
  limits.startup_s = options.startup_timeout;
  limits.request_s = options.request_timeout;
  limits.interrupt_s = options.interrupt_timeout;
  limits.deadlock_s = options.deadlock_timeout;
  limits.threads = options.threads;
  return limits;
}

std::vector<Decision> decide(const Limits& limits, const Snapshot& s) {
  using Kind = Decision::Kind;
  std::vector<Decision> decisions;
  if (limits.deadlock_s && over(s.probed_us, s.now_us, limits.deadlock_s)) {
    decisions.push_back({Kind::leave, Cause::deadlock_timeout});
  }
  if (limits.startup_s && s.first_load_us && !s.loaded &&
      over(s.first_load_us, s.now_us, limits.startup_s)) {
    decisions.push_back({Kind::leave, Cause::startup_timeout});
  }
  bool active = false;  // requests that are not wedged
  const double wedged_s = static_cast<double>(limits.request_s) + limits.interrupt_s;
  const double fire_s =
      limits.request_s * (1 + std::log(static_cast<double>(limits.threads ? limits.threads : 1)));
  for (const Running& r : s.running) {
    if (wedged_s == 0 || !over(r.started_us, s.now_us, wedged_s)) active = true;
    if (!limits.request_s || !over(r.started_us, s.now_us, fire_s)) continue;
    if (limits.interrupt_s && r.interrupted_us == 0) {
      decisions.push_back({Kind::interrupt, Cause::request_timeout, r.worker});
    } else if (!limits.interrupt_s || over(r.interrupted_us, s.now_us, limits.interrupt_s)) {
      decisions.push_back({Kind::leave, Cause::request_timeout, r.worker});
    }
  }
  if (limits.inactivity_s && s.activity_us && !active &&
      over(s.activity_us, s.now_us, limits.inactivity_s)) {
    decisions.push_back({Kind::leave, Cause::inactivity_timeout});
  }
  if (limits.maximum_requests && s.served >= limits.maximum_requests) {
    decisions.push_back({Kind::recycle, Cause::maximum_requests});
  }
  if (limits.restart_interval_s && over(s.born_us, s.now_us, limits.restart_interval_s)) {
    decisions.push_back({Kind::recycle, Cause::restart_interval});
  }
  return decisions;
}

Monitor::Monitor(const Limits& limits, Vitals& vitals, engine::Engine& engine, Hooks hooks)
    : limits_(limits),
      vitals_(vitals),
      engine_(engine),
      hooks_(std::move(hooks)),
      interrupted_(vitals.flights.size()) {
  vitals_.probed_us = mono_us();
}

Status Monitor::start() {
  // std::thread reports failure by exception only.
  try {
    monitor_ = std::thread([this] { run(); });
    if (limits_.deadlock_s == 0) return ok();
    probe_ = std::thread([this] {
      std::unique_lock lock(mutex_);
      while (!stop_) {
        lock.unlock();
        engine_.probe();
        vitals_.probed_us = mono_us();
        lock.lock();
        pause(lock);
      }
    });
  } catch (const std::system_error& error) {
    return Fail{ErrorId::helper_thread,
                "a helper thread cannot be created; time limits are not enforced",
                error.code().value()};
  }
  return ok();
}

bool Monitor::pause(std::unique_lock<std::mutex>& lock) {
  return wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stop_; });
}

Monitor::~Monitor() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (monitor_.joinable()) monitor_.join();
  if (!probe_.joinable()) return;
  if (limits_.deadlock_s && over(vitals_.probed_us, mono_us(), 5)) {
    probe_.detach();  // hangs at the GIL; the process ends without it
  } else {
    probe_.join();
  }
}

Snapshot Monitor::look() {
  Snapshot s;
  s.now_us = mono_us();
  s.born_us = vitals_.born_us;
  s.probed_us = vitals_.probed_us;
  s.served = vitals_.served;
  s.activity_us = vitals_.activity_us;
  s.first_load_us = vitals_.first_load_us;
  s.loaded = vitals_.loaded;
  for (std::uint32_t w = 0; w < vitals_.flights.size(); ++w) {
    Running r;
    r.worker = w;
    r.started_us = vitals_.flights[w].started_us.load(std::memory_order_acquire);
    r.count = vitals_.flights[w].count;
    if (r.started_us == 0) continue;
    if (interrupted_[w].count == r.count) r.interrupted_us = interrupted_[w].interrupted_us;
    s.running.push_back(r);
  }
  return s;
}

void Monitor::run() {
  std::unique_lock lock(mutex_);
  while (!pause(lock)) {
    lock.unlock();
    const Snapshot snapshot = look();
    for (const Decision& decision : decide(limits_, snapshot)) {
      if (decision.kind == Decision::Kind::interrupt) {
        for (const Running& r : snapshot.running) {
          if (r.worker != decision.worker) continue;
          interrupted_[r.worker] = r;
          interrupted_[r.worker].interrupted_us = snapshot.now_us;
        }
      }
      hooks_.apply(decision);
    }
    hooks_.tick();
    lock.lock();
  }
}

}  // namespace wsgi::daemon
