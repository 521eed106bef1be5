// SPDX-License-Identifier: Apache-2.0
#include "python/module.h"

#include "python/interpreter.h"
#include "python/log_handler.h"
#include "python/traceback.h"

namespace wsgi::python {
namespace {

struct State {
  Interpreter* interpreter;
};

State& state_of(PyObject* module) { return *static_cast<State*>(PyModule_GetState(module)); }

PyObject* request_data(PyObject* module, PyObject*) {
  Interpreter& interpreter = interpreter_of(module);
  PyObject* data = interpreter.setup().request_data(interpreter);
  if (data == nullptr && PyErr_Occurred() == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "no active request for thread");
  }
  return data;
}

PyObject* subscribe(PyObject* module, Topic topic, PyObject* callback) {
  bool added = interpreter_of(module).subscribers().add(topic, callback);
  return added ? py::borrow(callback).release() : nullptr;
}

PyObject* subscribe_events(PyObject* module, PyObject* callback) {
  return subscribe(module, Topic::request, callback);
}

PyObject* subscribe_shutdown(PyObject* module, PyObject* callback) {
  return subscribe(module, Topic::stopping, callback);
}

PyObject* subscribe_signals(PyObject* module, PyObject* callback) {
  const Setup& setup = interpreter_of(module).setup();
  if (!setup.process_group.empty()) return subscribe(module, Topic::signal, callback);
  std::vector<std::string> lines = {
      "mod_wsgi.subscribe_signals() outside a daemon: the callback will never run"};
  for (auto& line : stack_of_caller()) lines.push_back(std::move(line));
  log_lines(setup.current_log(), ErrorId::sig_subscribe, Level::info, lines);
  return py::borrow(callback).release();
}

// Names that are made when first asked for. (PEP 562)
PyObject* missing(PyObject* module, PyObject* name) {
  if (!PyUnicode_Check(name) || PyUnicode_CompareWithASCIIString(name, "LogHandler") != 0) {
    return PyErr_Format(PyExc_AttributeError, "module 'mod_wsgi' has no attribute '%S'", name);
  }
  py::Ref made = make_log_handler(module);
  if (!made) return nullptr;
  // Another thread may have been faster; all get the same class.
  PyObject* kept = PyDict_SetDefault(PyModule_GetDict(module), name, made.get());
  return kept != nullptr ? py::borrow(kept).release() : nullptr;
}

bool add(PyObject* module, const char* name, py::Ref value) {
  return value && PyObject_SetAttrString(module, name, value.get()) == 0;
}

bool fill(PyObject* module, const Interpreter& interpreter) {
  const Setup& setup = interpreter.setup();
  return add(module, "version", version_tuple()) &&
         add(module, "process_group", py::text(setup.process_group)) &&
         add(module, "application_group", py::text(interpreter.name())) &&
         add(module, "maximum_processes", py::steal(PyLong_FromLong(setup.maximum_processes))) &&
         add(module, "threads_per_process",
             py::steal(PyLong_FromLong(setup.threads_per_process))) &&
         add(module, "active_requests", py::steal(PyDict_New())) &&
         add(module, "RequestTimeout",
             py::steal(
                 PyErr_NewException("mod_wsgi.RequestTimeout", PyExc_BaseException, nullptr)));
}

PyModuleDef& definition() {
  static PyMethodDef methods[] = {
      {"request_data", py::method<request_data>(), METH_NOARGS,
       "The dict that belongs to the request which the calling thread serves."},
      {"subscribe_events", py::method<subscribe_events>(), METH_O,
       "callback(event, **payload) is called for each event. Returns the callback."},
      {"subscribe_shutdown", py::method<subscribe_shutdown>(), METH_O,
       "callback('process_stopping', **payload) is called. Returns the callback."},
      {"subscribe_signals", py::method<subscribe_signals>(), METH_O,
       "callback('process_signal', **payload) is called in a daemon. Returns the callback."},
      {"__getattr__", py::method<missing>(), METH_O, "Makes LogHandler."},
      {nullptr, nullptr, 0, nullptr}};
  static PyModuleDef_Slot slots[] = {WSGI_PY_MODULE_SLOTS{0, nullptr}};
  static PyModuleDef def = {PyModuleDef_HEAD_INIT,
                            "mod_wsgi",
                            "What the web server offers to applications.",
                            sizeof(State),
                            methods,
                            slots,
                            nullptr,
                            nullptr,
                            nullptr};
  return def;
}

}  // namespace

py::Ref version_tuple() {
  return py::steal(
      Py_BuildValue("(iii)", WSGI_VERSION_MAJOR, WSGI_VERSION_MINOR, WSGI_VERSION_PATCH));
}

Interpreter& interpreter_of(PyObject* module) { return *state_of(module).interpreter; }

py::Ref make_module(Interpreter& interpreter) {
  py::Ref machinery = py::steal(PyImport_ImportModule("importlib.machinery"));
  if (!machinery) return {};
  py::Ref spec =
      py::steal(PyObject_CallMethod(machinery.get(), "ModuleSpec", "sO", "mod_wsgi", Py_None));
  if (!spec) return {};
  py::Ref module = py::steal(PyModule_FromDefAndSpec(&definition(), spec.get()));
  if (!module) return {};
  // Only ExecDef allocates the state, so what needs the state cannot be an exec slot.
  if (PyModule_ExecDef(module.get(), &definition()) < 0) return {};
  state_of(module.get()).interpreter = &interpreter;
  if (!fill(module.get(), interpreter)) return {};
  if (PyDict_SetItemString(PyImport_GetModuleDict(), "mod_wsgi", module.get()) < 0) return {};
  return module;
}

}  // namespace wsgi::python
