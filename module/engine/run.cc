// SPDX-License-Identifier: Apache-2.0
#include "engine/run.h"

#include "engine/deliver.h"
#include "engine/environ.h"
#include "engine/request_events.h"
#include "engine/served.h"
#include "engine/start_response.h"
#include "engine/threads.h"
#include "python/attach.h"

namespace wsgi::engine {
namespace {

struct Found {
  py::Ref module;
  OutcomeCode code = OutcomeCode::ok;
  bool first = false;
};

// The loaded script, loaded now if need be. A changed one replaces itself when embedded, and asks
// for another process in a daemon.
Found find_script(Request& request, std::optional<std::int64_t> mtime) {
  python::Interpreter& interpreter = request.state.interpreter;
  const ScriptTarget& target = request.head.target;
  py::Ref module = interpreter.scripts().find(interpreter, target.script);
  if (module) {
    bool reload = (request.head.flags & kReloading) != 0 &&
                  interpreter.scripts().stale(module.get(), mtime, target.resource, request.log);
    if (!reload) return {std::move(module)};
    if (!request.state.options.process_group.empty()) {
      if (!mtime) {
        python::Detached detached;
        python::say_unexamined(target.script, request.log);
      }
      return {{}, OutcomeCode::reload};
    }
  }
  if (request.state.options.loading) {
    python::Detached detached;
    request.state.options.loading();
  }
  auto loaded = interpreter.scripts().load(interpreter, target.script, module.get(),
                                           ErrorId::app_load, request.log);
  if (!loaded.module) return {{}, OutcomeCode::load_failed};
  return {std::move(loaded.module), OutcomeCode::ok, loaded.first};
}

py::Ref find_callable(Request& request, PyObject* module) {
  const ScriptTarget& target = request.head.target;
  py::Ref name = request.state.interpreter.atoms().key(target.callable);
  PyObject* dict = PyModule_GetDict(module);
  PyObject* found = name ? PyDict_GetItemWithError(dict, name.get()) : nullptr;
  if (found != nullptr) return py::borrow(found);
  PyErr_Clear();
  python::Detached detached;
  request.log.message(ErrorId::app_callable, "Target WSGI script '" + std::string(target.script) +
                                                 "' does not contain WSGI application '" +
                                                 std::string(target.callable) + "'");
  return {};
}

py::Ref call(Request& request, PyObject* application) {
  py::Ref environ = make_environ(request);
  if (!environ) return {};
  request.called = true;
  py::Ref chosen = py::borrow(application);
  const bool events = heard(request);
  if (events || request.state.metrics.on()) request.meter.start();
  request.meter.heard = events;
  if (events) {
    chosen = announce_started(request, std::move(chosen), environ.get());
  }
  // The free place before the arguments lets bound methods be called without a copy.
  PyObject* arguments[] = {nullptr, environ.get(), request.start_response.get()};
  return py::steal(PyObject_Vectorcall(chosen.get(), arguments + 1,
                                       2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
}

OutcomeCode serve(Request& request, std::optional<std::int64_t> mtime) {
  if (!request.open()) return fail_request(request, ErrorId::internal, OutcomeCode::internal);
  Found found = find_script(request, mtime);
  if (found.first && request.state.options.loaded) {
    python::Detached detached;
    request.state.options.loaded(request.head.target.script, request.head.target.application_group);
  }
  if (!found.module) return found.code;
  py::Ref application = find_callable(request, found.module.get());
  if (!application) return OutcomeCode::no_callable;
  py::Ref result = call(request, application.get());
  if (!result) return fail_request(request, ErrorId::app_exception, OutcomeCode::app_error);
  return deliver(request, std::move(result));
}

}  // namespace

Outcome run_request(python::Interpreter& interpreter, const RequestHead& head, BodySource& body,
                    ResponseSink& sink, Log& log) {
  Outcome outcome;
  if (python::thread_state(interpreter) == nullptr) {
    log.message(ErrorId::tstate_create, "no memory for a thread state");
    outcome.code = OutcomeCode::internal;
    return outcome;
  }
  std::optional<std::int64_t> mtime;
  if ((head.flags & kReloading) != 0) mtime = python::modified_us(head.target.script);
  Metrics& metrics = state_of(interpreter).metrics;
  const std::uint64_t started = mono_ns();
  const std::uint64_t before = metrics.begin(thread_index(), started);
  {
    python::Attached attached(interpreter);
    Request request(state_of(interpreter), head, body, sink, log);
    outcome.code = serve(request, mtime);
    if (request.called && heard(request)) announce_finished(request, outcome.code);
    // A request that another process will serve is not ours to count.
    if (metrics.on() && outcome.code != OutcomeCode::reload) {
      metrics.add(thread_index(), served_of(request, outcome.code, started));
    }
    request.close();
    outcome.reads = request.body.reads();
    outcome.in = request.body.bytes();
    outcome.out = request.response.bytes();
  }
  const std::uint64_t busy = mono_ns() - started;
  metrics.end(thread_index(), before, busy);
  outcome.app_us = busy / 1000;
  return outcome;
}

}  // namespace wsgi::engine
