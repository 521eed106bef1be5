// SPDX-License-Identifier: Apache-2.0
// How a daemon comes to its end: who may ask for it, what is said to the supervisor, in which order
// things stop. ask_*() are for any thread; everything else belongs to the main thread, which sleeps
// in serve(). Source: daemon-ipc.md, section 8; runtime.md, sections 7.3 and 7.4.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "base/log.h"
#include "daemon/signals.h"
#include "daemon/vitals.h"
#include "engine/engine.h"
#include "transport/boot.h"
#include "transport/control.h"

namespace wsgi::daemon {

class Server;

class Leave {
 public:
  Leave(const transport::BootRecord& boot, const transport::Page& page, Vitals& vitals,
        Signals& signals, Log& log)
      : boot_(boot), page_(page), vitals_(vitals), signals_(signals), log_(log) {}

  // RECYCLE: a replacement should be started; this process serves on. The first cause counts.
  void ask_recycle(transport::Cause cause);
  // LEAVING: this process stops now. The first cause counts.
  void ask_leave(transport::Cause cause);
  // Each second, from the monitor: replaced or forgotten?
  void tick();

  // Main thread, before serve(): who hears of SIGHUP and SIGUSR2 until the process stops.
  void on_application_signal(std::function<void(int)> deliver) { deliver_ = std::move(deliver); }
  // Main thread, before serve(): who hears of Apache's scoreboard.
  void on_scored(std::function<void(Fd)> deliver) { scored_ = std::move(deliver); }
  // Blocks until the process must stop accepting. Reads signals and control messages.
  void serve(engine::Engine& engine);
  // Blocks until no conversation is left, or the time is over: false, requests are abandoned.
  bool drain(engine::Engine& engine, Server& server);
  transport::Cause cause() const { return static_cast<transport::Cause>(leaving_.load()); }

 private:
  void wait(std::optional<std::uint64_t> until_us, int receiving);
  void on_signal(int number);
  void on_control(engine::Engine* engine);
  void say_trigger(transport::Cause cause, std::string_view what);
  bool due() const;

  const transport::BootRecord& boot_;
  const transport::Page& page_;
  Vitals& vitals_;
  Signals& signals_;
  Log& log_;
  std::function<void(int)> deliver_;
  std::function<void(Fd)> scored_;
  engine::Engine* engine_ = nullptr;  // set while serving
  std::atomic<bool> recycling_{false};
  std::atomic<std::uint8_t> leaving_{0};         // Cause
  std::atomic<std::uint8_t> fading_{0};          // Cause, with overlap=off
  std::atomic<std::uint64_t> fade_until_us_{0};  // 0: no end but idleness
  std::atomic<std::uint64_t> abort_at_us_{0};    // 0: never
  std::atomic<bool> told_{false};                // LEAVING was said, or DRAIN came
  bool control_open_ = true;
  std::atomic<std::uint64_t> alone_since_us_{0};
};

}  // namespace wsgi::daemon
