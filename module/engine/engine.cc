// SPDX-License-Identifier: Apache-2.0
// The facade's implementation: Python's life in this process, interpreters by name, and the few
// process-wide acts. One object per process.
#include "engine/engine.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/clock.h"
#include "engine/hook.h"
#include "engine/run.h"
#include "engine/threads.h"
#include "python/attach.h"
#include "python/registry.h"
#include "python/runtime.h"
#include "python/traceback.h"

namespace wsgi::engine {
namespace {

constexpr std::uint64_t kLimitLogPause_us = 60'000'000;

PyObject* data_of_thread(python::Interpreter& interpreter) {
  Request* request = current_request();
  if (request == nullptr || !request->serves || &request->state.interpreter != &interpreter) {
    return nullptr;
  }
  return request->data.share().release();
}

class PythonEngine final : public Engine {
 public:
  PythonEngine(EngineOptions options, Log& log)
      : options_(std::move(options)),
        log_(log),
        metrics_(static_cast<std::size_t>(std::max(options_.threads_per_process, 1))),
        registry_(setup_) {
    setup_.settings = options_.python;
    setup_.process_group = options_.process_group;
    setup_.maximum_processes = options_.maximum_processes;
    setup_.threads_per_process = options_.threads_per_process;
    setup_.home_path = options_.home_path;
    setup_.apache = options_.apache;
    setup_.case_sensitive = options_.case_sensitive;
    setup_.single_process = options_.single_process;
    setup_.pid = ::getpid();
    setup_.request_data = data_of_thread;
    setup_.current_log = current_log;
    setup_.extend = [this](python::Interpreter& interpreter, PyObject* module) {
      return make_state(interpreter, module, options_, metrics_);
    };
  }

  Status start() {
    set_process_log(log_);
    bool free = python::resolve_free_threading(options_.python, options_.process_group);
    WSGI_TRY(python::start_python(options_.python, free, log_));
    Status added = registry_.add_main();
    PyEval_SaveThread();
    return added;
  }

  Outcome run(const RequestHead& head, BodySource& body, ResponseSink& sink,
              Log& request_log) override {
    auto interpreter = registry_.get(head.target.application_group);
    if (interpreter) return run_request(**interpreter, head, body, sink, request_log);
    Outcome outcome;
    outcome.code = OutcomeCode::internal;
    if (interpreter.error().id == ErrorId::interp_limit) {
      outcome.code = OutcomeCode::interpreter_limit;
    }
    if (to_be_logged(interpreter.error().id)) request_log.fail(interpreter.error());
    return outcome;
  }

  HookAnswer hook(const HookCall& call, HookHost& host, Log& request_log) override {
    auto interpreter = registry_.get(call.application_group);
    if (interpreter) return run_hook(**interpreter, call, host, request_log);
    if (to_be_logged(interpreter.error().id)) {
      request_log.message(ErrorId::hook_interp, describe(interpreter.error()));
    }
    return HookAnswer::failed;
  }

  bool script_changed(const RequestHead& head) override {
    if ((head.flags & kReloading) == 0 || options_.process_group.empty()) return false;
    python::Interpreter* interpreter = registry_.find(head.target.application_group);
    if (interpreter == nullptr || python::thread_state(*interpreter) == nullptr) return false;
    auto mtime = python::modified_us(head.target.script);
    python::Attached attached(*interpreter);
    auto& scripts = interpreter->scripts();
    py::Ref module = scripts.find(*interpreter, head.target.script);
    if (!module) return false;
    if (!mtime) python::say_unexamined(head.target.script, log_);
    return scripts.stale(module.get(), mtime, head.target.resource, log_);
  }

  Status preload(std::string_view script, std::string_view application_group) override {
    auto interpreter = registry_.get(application_group);
    if (!interpreter) {
      if (interpreter.error().id != ErrorId::interp_create) log_.fail(interpreter.error());
      return interpreter.error();
    }
    Fail failed{ErrorId::import_load, "'" + std::string(script) + "' cannot be loaded"};
    if (python::thread_state(**interpreter) == nullptr) return failed;
    bool first = false;
    {
      python::Attached attached(**interpreter);
      auto loaded = (*interpreter)
                        ->scripts()
                        .load(**interpreter, script, nullptr, ErrorId::import_load, log_);
      if (!loaded.module) return failed;
      first = loaded.first;
    }
    if (first && options_.loaded) options_.loaded(script, application_group);
    return ok();
  }

  void probe() override { python::Attached attached(registry_.main()); }

  bool interrupt(std::uint32_t thread) override {
    return interrupt_thread(thread, log_, options_.process_group);
  }

  void log_stacks(Log& log) override {
    registry_.each([&](python::Interpreter& interpreter) {
      if (python::thread_state(interpreter) == nullptr) return;
      python::Attached attached(interpreter);
      auto lines = python::stacks();
      lines.insert(lines.begin(), "stacks of " + interpreter.describe() + ":");
      python::log_lines(log, ErrorId::limit_stacks, Level::info, lines);
    });
  }

  void announce_stop(std::string_view reason) override {
    announce(python::Topic::stopping, "process_stopping", [&] {
      return py::steal(Py_BuildValue("{s:N}", "shutdown_reason", py::text(reason).release()));
    });
  }

  void announce_signal(int number) override {
    announce(python::Topic::signal, "process_signal", [&] {
      return py::steal(Py_BuildValue("{s:s,s:i}", "signame",
                                     number == SIGHUP ? "SIGHUP" : "SIGUSR2", "signum", number));
    });
  }

  void finish() override {
    if (options_.python.destroy_interpreter) registry_.end();
  }

 private:
  // To every interpreter in which anybody ever subscribed; without a subscriber no GIL is needed.
  template <typename MakePayload>
  void announce(python::Topic topic, const char* event, MakePayload make) {
    // A daemon without request threads hears of nothing. (python-api.md 5.1)
    if (options_.threads_per_process == 0) return;
    registry_.each([&](python::Interpreter& interpreter) {
      if (!interpreter.subscribers().used() || python::thread_state(interpreter) == nullptr) return;
      python::Attached attached(interpreter);
      py::Ref payload = make();
      if (payload) {
        interpreter.subscribers().publish(topic, event, payload.get(), log_,
                                          interpreter.describe());
      } else {
        python::log_pending(log_, ErrorId::event_callback, "no memory for an event");
      }
    });
  }

  // interp_create has been logged, with its traceback, where it failed. Names beyond the limit may
  // be a client's doing: once a minute (directives.md, 2.2).
  bool to_be_logged(ErrorId id) {
    if (id == ErrorId::interp_create) return false;
    if (id != ErrorId::interp_limit) return true;
    const std::uint64_t now = wall_us();
    std::uint64_t last = limit_logged_us_.load(std::memory_order_relaxed);
    return (last == 0 || now - last >= kLimitLogPause_us) &&
           limit_logged_us_.compare_exchange_strong(last, now, std::memory_order_relaxed);
  }

  EngineOptions options_;
  Log& log_;
  python::Setup setup_;
  Metrics metrics_;
  python::Registry registry_;
  std::atomic<std::uint64_t> limit_logged_us_ = 0;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(EngineOptions options, Log& process_log) {
  auto engine = std::make_unique<PythonEngine>(std::move(options), process_log);
  WSGI_TRY(engine->start());
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace wsgi::engine
