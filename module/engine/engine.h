// SPDX-License-Identifier: Apache-2.0
// All that a process needs to know of Python: start it, run a request, load a script, end it. Owned
// by the process's main(); the daemon and the embedded runtime call the same object. Methods may be
// called by any thread that does not hold the GIL, unless said otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/exchange.h"
#include "base/hook.h"
#include "base/log.h"
#include "config/settings.h"

namespace wsgi::engine {

struct EngineOptions {
  config::PythonSettings python;  // how to start the interpreter and set up others
  std::string process_group;      // "" embedded
  int maximum_processes = 1;      // mod_wsgi.maximum_processes
  int threads_per_process = 1;    // mod_wsgi.threads_per_process
  std::string home_path;          // daemon `home`: sys.path[0]; "" none
  bool case_sensitive = true;     // WSGICaseSensitivity
  bool single_process = false;    // apache2 -X: stdin and stdout stay what they are
  config::ApacheFacts apache;     // the module `apache`, apache.version
  // Apache's scoreboard, a config::Scoreboard encoded; none: mod_wsgi.server_metrics() is None.
  std::function<std::string()> scoreboard;
  // A request begins to load a script; called with the GIL released, by several threads at a time.
  std::function<void()> loading;
  // A script was loaded for the first time; called likewise.
  std::function<void(std::string_view script, std::string_view application_group)> loaded;
};

class Engine {
 public:
  // Main thread of the process; once. Python is initialised and the GIL released on return.
  static Result<std::unique_ptr<Engine>> start(EngineOptions options, Log& process_log);

  // Runs one request to its end. Never throws; every failure is in the outcome and in the log.
  // Outcome reload: the script changed, nothing was started and this process must be replaced
  // (only when options.process_group is not empty; embedded reloads in place).
  virtual Outcome run(const RequestHead& head, BodySource& body, ResponseSink& sink,
                      Log& request_log) = 0;

  // Runs an access, authentication, group or dispatch script; a changed one is loaded again in
  // place. Never throws; every failure is `failed` and logged.
  virtual HookAnswer hook(const HookCall& call, HookHost& host, Log& request_log) = 0;

  // Must the process be replaced before this request may start? (daemon mode, kReloading)
  virtual bool script_changed(const RequestHead& head) = 0;

  // Loads a script as an import script does; a failure is logged, with traceback, by this call.
  virtual Status preload(std::string_view script, std::string_view application_group) = 0;

  // Attaches to the main interpreter and detaches: returns when the GIL could be had.
  virtual void probe() = 0;

  // Raises mod_wsgi.RequestTimeout in a thread that runs a request, by its worker index.
  virtual bool interrupt(std::uint32_t thread) = 0;
  // Logs the Python stacks of all threads, info level.
  virtual void log_stacks(Log& log) = 0;

  // Publishes process_stopping; workers may still run requests. Code of applications runs.
  virtual void announce_stop(std::string_view reason) = 0;
  // Publishes process_signal: SIGHUP or SIGUSR2. Code of applications runs.
  virtual void announce_signal(int number) = 0;
  // Main thread, no request running: ends interpreters and Python (atexit). Once.
  virtual void finish() = 0;

  virtual ~Engine() = default;
};

// The index under which the calling thread is known to interrupt(); 0 is the main thread.
void set_thread_index(std::uint32_t index);

}  // namespace wsgi::engine
