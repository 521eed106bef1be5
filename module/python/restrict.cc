// SPDX-License-Identifier: Apache-2.0
#include "python/restrict.h"

#include <signal.h>
#include <unistd.h>

#include "python/attach.h"
#include "python/interpreter.h"
#include "python/module.h"
#include "python/traceback.h"

namespace wsgi::python {
namespace {

struct Restricted {
  PyObject_HEAD const char* name;  // literal: "stdin" or "stdout"
};

PyObject* refuse(PyObject* self, PyObject*) {
  return PyErr_Format(PyExc_OSError, "sys.%s access restricted by mod_wsgi",
                      reinterpret_cast<Restricted*>(self)->name);
}

void restricted_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

py::Ref restricted_type() {
  PyType_Slot slots[] = {{Py_tp_getattro, py::slot<refuse>()},
                         {Py_tp_dealloc, reinterpret_cast<void*>(restricted_dealloc)},
                         {0, nullptr}};
  PyType_Spec spec = {"mod_wsgi.Restricted", sizeof(Restricted), 0,
                      Py_TPFLAGS_DEFAULT | py::kNoInstances, slots};
  py::Ref type = py::steal(PyType_FromSpec(&spec));
  if (type) py::forbid_instances(reinterpret_cast<PyTypeObject*>(type.get()));
  return type;
}

// Python flushes sys.stdout when it ends, and would complain. Registered before anything of the
// application's, so called after it.
bool forget_at_exit(const char* name) {
  py::Ref exit = py::steal(PyImport_ImportModule("atexit"));
  py::Ref sys = exit ? py::steal(PyImport_ImportModule("sys")) : py::Ref();
  py::Ref builtins = sys ? py::steal(PyImport_ImportModule("builtins")) : py::Ref();
  py::Ref set = builtins ? py::steal(PyObject_GetAttrString(builtins.get(), "setattr")) : py::Ref();
  return set && py::steal(PyObject_CallMethod(exit.get(), "register", "OOsO", set.get(), sys.get(),
                                              name, Py_None));
}

// m_self is the tuple (module, original signal.signal).
PyObject* guarded_signal(PyObject* self, PyObject* args) {
  PyObject *number = nullptr, *handler = nullptr;
  if (!PyArg_ParseTuple(args, "OO:signal", &number, &handler)) return nullptr;
  const Setup& setup = interpreter_of(PyTuple_GET_ITEM(self, 0)).setup();
  if (::getpid() != setup.pid) return PyObject_CallObject(PyTuple_GET_ITEM(self, 1), args);
  py::Ref shown = py::steal(PyObject_Str(number));
  if (!shown) return nullptr;
  Log& log = setup.current_log();
  std::vector<std::string> lines = {"signal.signal() for signal " + py::utf8(shown.get()) +
                                    " ignored; WSGIRestrictSignal Off allows it"};
  for (auto& line : stack_of_caller()) lines.push_back(std::move(line));
  log_lines(log, ErrorId::sig_ignored, Level::info, lines);
  Py_INCREF(handler);
  return handler;
}

PyObject* raise_system_exit(PyObject*, PyObject*) {
  PyErr_SetNone(PyExc_SystemExit);
  return nullptr;
}

}  // namespace

bool restrict_stream(const char* name) {
  py::Ref type = restricted_type();
  if (!type) return false;
  auto* object = PyObject_New(Restricted, reinterpret_cast<PyTypeObject*>(type.get()));
  if (object == nullptr) return false;
  object->name = name;
  py::Ref owned = py::steal(reinterpret_cast<PyObject*>(object));
  return PySys_SetObject(name, owned.get()) == 0 && forget_at_exit(name);
}

bool end_on_sigterm() {
  static PyMethodDef definition = {"end_on_sigterm", py::method<raise_system_exit>(), METH_VARARGS,
                                   "Raises SystemExit."};
  py::Ref signals = py::steal(PyImport_ImportModule("signal"));
  py::Ref handler = signals ? py::steal(PyCFunction_New(&definition, nullptr)) : py::Ref();
  return handler &&
         py::steal(PyObject_CallMethod(signals.get(), "signal", "iO", SIGTERM, handler.get()));
}

bool guard_signals(Interpreter&, PyObject* module) {
  static PyMethodDef definition = {"signal", py::method<guarded_signal>(), METH_VARARGS,
                                   "Returns the handler without registering it."};
  py::Ref signals = py::steal(PyImport_ImportModule("signal"));
  if (!signals) return false;
  py::Ref original = py::steal(PyObject_GetAttrString(signals.get(), "signal"));
  py::Ref self = original ? py::steal(PyTuple_Pack(2, module, original.get())) : py::Ref();
  py::Ref guard = self ? py::steal(PyCFunction_New(&definition, self.get())) : py::Ref();
  return guard && PyObject_SetAttrString(signals.get(), "signal", guard.get()) == 0;
}

}  // namespace wsgi::python
