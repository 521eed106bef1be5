// SPDX-License-Identifier: Apache-2.0
#include "python/interpreter.h"

#include <algorithm>

#include "python/attach.h"
#include "python/module.h"
#include "python/packages.h"
#include "python/restrict.h"
#include "python/site.h"
#include "python/traceback.h"

namespace wsgi::python {
namespace {

bool set_switch_interval(double seconds) {
  PyObject* function = PySys_GetObject("setswitchinterval");
  py::Ref value = py::steal(PyFloat_FromDouble(seconds));
  return function != nullptr && value && py::steal(PyObject_CallOneArg(function, value.get()));
}

bool set_arguments() {
  py::Ref arguments = py::steal(Py_BuildValue("[s]", "mod_wsgi"));
  return arguments && PySys_SetObject("argv", arguments.get()) == 0;
}

bool set_environment(const char* name, const std::string& value) {
  py::Ref os = py::steal(PyImport_ImportModule("os"));
  py::Ref environ = os ? py::steal(PyObject_GetAttrString(os.get(), "environ")) : py::Ref();
  py::Ref text = environ ? py::path_text(value) : py::Ref();
  return text && PyMapping_SetItemString(environ.get(), name, text.get()) == 0;
}

}  // namespace

Interpreter::Interpreter(const Setup& setup, std::string name)
    : setup_(setup), name_(std::move(name)), state_(PyThreadState_Get()->interp) {}

std::string Interpreter::describe() const {
  return is_main() ? "main interpreter" : "interpreter '" + name_ + "'";
}

Result<std::unique_ptr<Interpreter>> Interpreter::create(const Setup& setup, std::string name,
                                                         const ResolvedOptions& options) {
  std::unique_ptr<Interpreter> made(new Interpreter(setup, std::move(name)));
  if (made->set_up(options)) return made;
  std::string text = made->describe() + " cannot be set up";
  log_pending(setup.current_log(), ErrorId::interp_create, text);
  made->release();
  return Fail{ErrorId::interp_create, text};
}

bool Interpreter::set_up(const ResolvedOptions& options) {
  Log& log = setup_.current_log();
  if (options.switch_interval > 0 && !set_switch_interval(options.switch_interval)) return false;
  if (options.switch_interval_skipped) {
    Detached detached;
    log.message(ErrorId::interp_options_skip,
                describe() + " has no lock of its own: WSGISwitchInterval is not applied");
  }
  // Whoever imports threading first is its main thread, which Python waits for at its end: that
  // must be the process's own main thread, which is here only now.
  if (is_main() && !py::steal(PyImport_ImportModule("threading"))) return false;
  if (!atoms_.init()) return false;
  module_ = make_module(*this);
  if (!module_ || !subscribers_.init(module_.get())) return false;
  request_timeout_ = py::steal(PyObject_GetAttrString(module_.get(), "RequestTimeout"));
  active_requests_ = py::steal(PyObject_GetAttrString(module_.get(), "active_requests"));
  if (!request_timeout_ || !active_requests_) return false;
  extension_ = setup_.extend(*this, module_.get());
  if (!extension_) return false;
  if (!setup_.single_process) {
    if (options.restrict_stdin && !restrict_stream("stdin")) return false;
    if (options.restrict_stdout && !restrict_stream("stdout")) return false;
  }
  if (!set_arguments()) return false;
  if (setup_.is_service()) {
    if (is_main() && !end_on_sigterm()) return false;
  } else if (options.restrict_signal && !guard_signals(*this, module_.get())) {
    return false;
  }
  const std::string& eggs = setup_.settings.eggs;
  if (!eggs.empty() && !set_environment("PYTHON_EGG_CACHE", eggs)) return false;
  add_python_path(setup_.settings.path, log);
  for (const auto& path : options.paths) add_python_path(path, log);
  if (!setup_.home_path.empty() && !put_first(setup_.home_path)) return false;
  adopt_package_path(module_.get(), log);
  make_apache_module(setup_.apache, setup_.process_group.empty(), log);
  return true;
}

void Interpreter::note_thread_state(PyThreadState* state) {
  std::lock_guard guard(states_lock_);
  states_.push_back(state);
}

void Interpreter::release() {
  extension_.reset();
  scripts_.clear();
  atoms_.clear();
  subscribers_.clear();
  module_.reset();
  request_timeout_.reset();
  active_requests_.reset();
}

void Interpreter::clear_thread_states(const PyThreadState* own) {
  std::lock_guard guard(states_lock_);
  for (PyThreadState* state : states_) {
    if (state == own) continue;
    PyThreadState_Clear(state);
    PyThreadState_Delete(state);
  }
  states_.clear();
}

}  // namespace wsgi::python
