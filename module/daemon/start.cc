// SPDX-License-Identifier: Apache-2.0
// Boot record, page, Python, scripts, workers, READY; then the sleep; then the end.
#include "daemon/start.h"

#include <fcntl.h>
#include <patchlevel.h>
#include <pthread.h>
#include <pyconfig.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <memory>
#include <semaphore>
#include <thread>

#include "daemon/callbacks.h"
#include "daemon/crash.h"
#include "daemon/daemon_log.h"
#include "daemon/fork_guard.h"
#include "daemon/leave.h"
#include "daemon/monitor.h"
#include "daemon/scores.h"
#include "daemon/server.h"
#include "daemon/signals.h"
#include "transport/boot.h"
#include "transport/control.h"

namespace wsgi::daemon {
namespace {

using transport::Cause;
using transport::StartStep;

int start_failed(StartStep step, const Fail& fail) {
  const std::string text = describe(fail);
  (void)transport::send_control(transport::kControlFd,
                                transport::FailedMessage{step, fail.sys, text});
  return 1;
}

void close_on_exec() {
  for (int fd : {transport::kControlFd, transport::kReceivingFd, transport::kPageFd}) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

// startup-timeout: from the first load that a request asks for to the first that succeeds.
void say_startup(const config::DaemonOptions& options, Log& log, std::string_view what) {
  if (options.startup_timeout == 0) return;
  log.message(ErrorId::app_startup_timer, "group '" + options.name + "': the startup timer of " +
                                              std::to_string(options.startup_timeout) + " s is " +
                                              std::string(what));
}

engine::EngineOptions engine_options(const transport::BootRecord& boot, Vitals& vitals,
                                     Scores& scores, Log& log) {
  engine::EngineOptions options;
  options.python = boot.python;
  options.process_group = boot.options.name;
  options.maximum_processes = static_cast<int>(boot.options.processes);
  options.threads_per_process = static_cast<int>(boot.options.threads);
  options.home_path = boot.options.home;
  options.case_sensitive = boot.case_sensitive;
  options.apache = boot.apache;
  options.loading = [&] {
    std::uint64_t none = 0;
    if (vitals.first_load_us.compare_exchange_strong(none, mono_us())) {
      say_startup(boot.options, log, "started");
    }
  };
  options.loaded = [&](std::string_view script, std::string_view application_group) {
    const bool first = !vitals.loaded.exchange(true);
    if (first && vitals.first_load_us != 0) say_startup(boot.options, log, "cancelled");
    (void)transport::send_control(transport::kControlFd,
                                  transport::LoadedMessage{script, application_group});
  };
  if (boot.options.server_metrics) options.scoreboard = [&scores] { return scores.read(); };
  return options;
}

Status say_ready() {
  transport::ReadyMessage ready;
#ifdef Py_GIL_DISABLED
  ready.python_flags = 1;
#endif
  ready.python_version = PY_VERSION;
  ready.build = WSGI_VERSION;
  return transport::send_control(transport::kControlFd, ready);
}

// Failures are in the log already and do not keep the process from serving.
void preload(engine::Engine& engine, const transport::BootRecord& boot) {
  for (const auto& script : boot.imports) {
    (void)engine.preload(script.script, script.application_group);
  }
  for (const auto& script : boot.warm) {
    (void)engine.preload(script.script, script.application_group);
  }
}

class Daemon {
 public:
  Daemon(transport::BootRecord boot, transport::Page page, Signals signals, DaemonLog& log)
      : boot_(std::move(boot)),
        page_(std::move(page)),
        signals_(std::move(signals)),
        log_(log),
        vitals_(boot_.options.threads),
        leave_(boot_, page_, vitals_, signals_, log_) {}

  int run();

 private:
  int serve();
  int run_scripts();
  void apply(const Decision& decision);
  void tick();
  int end(bool orderly);

  const transport::BootRecord boot_;
  const transport::Page page_;
  Signals signals_;
  DaemonLog& log_;
  Vitals vitals_;
  Scores scores_;
  Leave leave_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<Callbacks> callbacks_;
  std::atomic<bool> scripts_run_ = false;
  std::uint32_t surplus_ = 0;  // permits beyond conversations at the last tick
};

int Daemon::run() {
  leave_.on_scored([this](Fd board) { scores_.arrived(std::move(board)); });
  const std::string& locale = boot_.options.locale;
  if (!locale.empty() && std::setlocale(LC_ALL, locale.c_str()) == nullptr) {
    log_.message(ErrorId::locale, "the locale '" + locale + "' does not exist on this system");
  }
  auto engine = engine::Engine::start(engine_options(boot_, vitals_, scores_, log_), log_);
  if (!engine) return start_failed(StartStep::python, engine.error());
  engine_ = std::move(*engine);
  show_stacks_of_crashes(log_);
  signals_.reinstall(boot_.options.threads == 0);
  return boot_.options.threads == 0 ? run_scripts() : serve();
}

int Daemon::serve() {
  preload(*engine_, boot_);
  vitals_.loaded = false;  // preloading neither arms nor disarms startup-timeout
  Server server({boot_, page_, *engine_, vitals_, log_, transport::kReceivingFd,
                 [this](Cause cause) { leave_.ask_leave(cause); },
                 [this] { leave_.ask_recycle(Cause::maximum_requests); }, &Signals::wake});
  if (auto started = server.start(); !started) {
    return start_failed(StartStep::threads, started.error());
  }
  bool orderly = false;
  {
    Monitor monitor(limits_of(boot_.options), vitals_, *engine_,
                    {[this](const Decision& decision) { apply(decision); }, [this] { tick(); }});
    if (auto started = monitor.start(); !started) log_.fail(started.error());
    signals_.ready();
    scores_.open();
    if (!say_ready()) ::_exit(0);  // the supervisor died before we served
    callbacks_.emplace(*engine_);
    leave_.on_application_signal([this](int number) { callbacks_->signal(number); });
    leave_.serve(*engine_);
    orderly = leave_.drain(*engine_, server);
    // Workers may be stuck in requests, the probe at the GIL: nothing can be joined.
    if (!orderly) return end(false);
  }
  server.join();
  return end(true);
}

// A group without request threads: executing its import scripts is all it does. What asks it to
// leave becomes the SIGTERM whose handler the engine made: SystemExit in the script. Its end,
// atexit functions included, has shutdown-timeout. It hears of no events. (python-api.md 5.1)
int Daemon::run_scripts() {
  signals_.ready();
  scores_.open();
  if (!say_ready()) ::_exit(0);
  scripts_run_ = true;
  std::binary_semaphore heard(0), ended(0);
  std::thread listener([&, main = ::pthread_self()] {
    leave_.serve(*engine_);
    const bool asked = leave_.cause() != Cause::finished;
    if (asked && scripts_run_) ::pthread_kill(main, SIGTERM);
    heard.release();
    const std::chrono::seconds limit(boot_.options.shutdown_timeout);
    if (asked && limit.count() != 0 && !ended.try_acquire_for(limit)) end(false);
  });
  for (const auto& script : boot_.imports) {
    if (leave_.cause() != Cause::none) break;
    (void)engine_->preload(script.script, script.application_group);
  }
  scripts_run_ = false;
  leave_.ask_leave(Cause::finished);
  heard.acquire();  // from here on only this thread uses the engine
  const int code = end(true);
  ended.release();
  listener.join();
  return code;
}

void Daemon::apply(const Decision& decision) {
  switch (decision.kind) {
    case Decision::Kind::recycle:
      return leave_.ask_recycle(decision.cause);
    case Decision::Kind::leave:
      return leave_.ask_leave(decision.cause);
    case Decision::Kind::interrupt:
      if (engine_->interrupt(decision.worker + 1)) {
        log_.message(ErrorId::limit_inject, "group '" + boot_.options.name +
                                                "': Injected RequestTimeout into thread " +
                                                std::to_string(decision.worker + 1));
      }
      return;
  }
}

void Daemon::tick() {
  leave_.tick();
  // A child that died between taking a permit and sending leaves it taken.
  const transport::Permit occupant{static_cast<std::uint16_t>(boot_.slot), boot_.generation};
  const auto word = transport::load_word(page_, boot_.slot);
  const std::uint32_t really = vitals_.active;
  const bool more = word.generation == boot_.generation && word.in_use > really;
  if (more && surplus_ == word.in_use) transport::repair(page_, occupant, word.in_use, really);
  surplus_ = more ? word.in_use : 0;
}

int Daemon::end(bool orderly) {
  const std::string name = "group '" + boot_.options.name + "': ";
  const std::string reason(transport::cause_name(leave_.cause()));
  if (!orderly) {
    log_.message(ErrorId::proc_forced, name + "stopped because of " + reason + "; " +
                                           std::to_string(vitals_.active.load()) +
                                           " requests were abandoned at the end of "
                                           "shutdown-timeout");
    ::_exit(transport::kForcedExit);
  }
  log_.message(ErrorId::proc_stop, name + "stopped because of " + reason + "; requests served: " +
                                       std::to_string(vitals_.served.load()));
  // Python cannot be ended around a callback that runs.
  if (callbacks_ && !callbacks_->stop()) ::_exit(0);
  engine_->finish();
  return 0;
}

}  // namespace

int run_daemon() {
  DaemonLog log(transport::kControlFd, Level::info);
  close_on_exec();
  auto boot = transport::read_boot(transport::kBootFd);
  ::close(transport::kBootFd);
  if (!boot) return start_failed(StartStep::boot_record, boot.error());
  log.set_level(boot->log_level);
  auto page = transport::Page::map(transport::kPageFd, boot->shape);
  if (!page) return start_failed(StartStep::page, page.error());
  if (boot->slot >= boot->shape.slots) {
    return start_failed(StartStep::page, {ErrorId::daemon_start_failed, "no such slot"});
  }
  // The kernel named this process after a descriptor's number; threads take the name over.
  ::prctl(PR_SET_NAME, ("wsgi:" + boot->options.name).c_str());
  page->dont_fork();
  guard_forks();
  auto signals = Signals::install();
  if (!signals) return start_failed(StartStep::threads, signals.error());
  return Daemon(std::move(*boot), std::move(*page), std::move(*signals), log).run();
}

}  // namespace wsgi::daemon
