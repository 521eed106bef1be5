// SPDX-License-Identifier: Apache-2.0
#include "python/registry.h"

#include "python/attach.h"
#include "python/runtime.h"
#include "python/traceback.h"

namespace wsgi::python {
namespace {

// Py_EndInterpreter aborts the process when threads are left, so the joining is done first.
void join_threads(Log& log) {
  py::Ref threading = py::steal(PyImport_GetModule(py::text("threading").get()));
  if (threading && !py::steal(PyObject_CallMethod(threading.get(), "_shutdown", nullptr))) {
    log_pending(log, ErrorId::atexit, "joining threads raised");
  }
  PyErr_Clear();
}

bool alone(PyThreadState* own) {
  return PyThreadState_Next(PyInterpreterState_ThreadHead(own->interp)) == nullptr;
}

void run_exit_functions(Log& log) {
  py::Ref module = py::steal(PyImport_ImportModule("atexit"));
  if (!module || !py::steal(PyObject_CallMethod(module.get(), "_run_exitfuncs", nullptr))) {
    log_pending(log, ErrorId::atexit, "an exit callback raised");
  }
}

}  // namespace

Registry::~Registry() {
  for (auto& interpreter : owned_) {
    if (interpreter->module() != nullptr) (void)interpreter.release();
  }
}

void Registry::publish(std::unique_ptr<Interpreter> made) {
  made->next = newest_.load(std::memory_order_relaxed);
  newest_.store(made.get(), std::memory_order_release);
  owned_.push_back(std::move(made));
}

Status Registry::add_main() {
  auto options = resolve_options(setup_.settings, setup_.process_group, "");
  WSGI_ASSIGN(auto made, Interpreter::create(setup_, "", options));
  main_ = made.get();
  publish(std::move(made));
  return ok();
}

Interpreter* Registry::find(std::string_view name) const {
  for (auto* i = newest_.load(std::memory_order_acquire); i != nullptr; i = i->next) {
    if (i->name() == name) return i;
  }
  return nullptr;
}

Result<Interpreter*> Registry::get(std::string_view name) {
  Interpreter* found = name.empty() ? main_ : find(name);
  if (found == nullptr) return create(name);
  return found;
}

Result<Interpreter*> Registry::create(std::string_view name) {
  std::lock_guard guard(creation_);
  if (Interpreter* found = find(name)) return found;
  if (owned_.size() > kMaximumInterpreters) {
    return Fail{ErrorId::interp_limit, "'" + std::string(name.substr(0, 256)) +
                                           "' would be more than 256 interpreters in one process"};
  }
  PyThreadState* back = thread_state(*main_);
  if (back == nullptr) return Fail{ErrorId::tstate_create, "no memory for a thread state"};
  auto options = resolve_options(setup_.settings, setup_.process_group, name);
  PyEval_RestoreThread(back);
  const char* why = nullptr;
  PyThreadState* own = py::new_interpreter(options.own_gil, &why);
  if (own == nullptr) {
    PyErr_Clear();
    PyEval_SaveThread();
    Fail fail{ErrorId::interp_create, "interpreter '" + std::string(name) + "': " + why};
    setup_.current_log().fail(fail);
    return fail;
  }
  auto made = Interpreter::create(setup_, std::string(name), options);
  if (!made) {
    Py_EndInterpreter(own);
    py::after_end_interpreter(back);
    return made.error();
  }
  adopt_thread_state(**made, own);
  PyEval_SaveThread();
  setup_.current_log().message(
      ErrorId::interp_new,
      (*made)->describe() + " created, " + (options.own_gil ? "own" : "shared") + " GIL");
  publish(std::move(*made));
  return find(name);
}

bool Registry::end_other(Interpreter& interpreter) {
  Log& log = setup_.current_log();
  PyThreadState* own = thread_state(interpreter);
  if (own == nullptr) return false;
  PyEval_RestoreThread(own);
  // First the states: threading waits for the thread that imported it as for any other.
  interpreter.clear_thread_states(own);
  join_threads(log);
  if (!alone(own)) {
    run_exit_functions(log);
    PyEval_SaveThread();
    return false;
  }
  interpreter.release();
  Py_EndInterpreter(own);
  py::after_end_interpreter(thread_state(*main_));
  return true;
}

void Registry::end() {
  bool all = true;
  for (auto& interpreter : owned_) {
    if (!interpreter->is_main()) all = end_other(*interpreter) && all;
  }
  Log& log = setup_.current_log();
  PyEval_RestoreThread(thread_state(*main_));
  if (all) {
    main_->release();
    end_python(log);
    return;
  }
  join_threads(log);
  run_exit_functions(log);
  PyEval_SaveThread();
}

}  // namespace wsgi::python
