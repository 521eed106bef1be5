// SPDX-License-Identifier: Apache-2.0
// Differences between Python 3.9 and 3.13, each behind one name. The only file that looks at
// PY_VERSION_HEX.
#pragma once

#include <Python.h>

#if PY_VERSION_HEX < 0x03090000
#error "Python 3.9 or later is needed"
#endif

// PyMemberDef's names are part of Python.h since 3.12.
#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_READONLY READONLY
#endif

namespace wsgi::py {

// Interpreters can have a lock of their own since 3.12.
inline constexpr bool kOwnGilPossible = PY_VERSION_HEX >= 0x030C0000;

#ifdef Py_GIL_DISABLED
inline constexpr bool kFreeThreadedBuild = true;
#else
inline constexpr bool kFreeThreadedBuild = false;
#endif

// A new interpreter; the calling thread, attached to another one, is attached to the new one's
// first thread state. null: Python error or not in `why`.
inline PyThreadState* new_interpreter([[maybe_unused]] bool own_gil, const char** why) {
  *why = "Py_NewInterpreter failed";
#if PY_VERSION_HEX >= 0x030C0000
  PyInterpreterConfig config{};
  config.use_main_obmalloc = own_gil ? 0 : 1;
  config.allow_fork = 1;
  config.allow_exec = 1;
  config.allow_threads = 1;
  config.allow_daemon_threads = own_gil ? 0 : 1;
  config.check_multi_interp_extensions = own_gil || kFreeThreadedBuild ? 1 : 0;
  config.gil = own_gil ? PyInterpreterConfig_OWN_GIL : PyInterpreterConfig_SHARED_GIL;
  PyThreadState* state = nullptr;
  PyStatus status = Py_NewInterpreterFromConfig(&state, &config);
  if (PyStatus_Exception(status)) {
    if (status.err_msg != nullptr) *why = status.err_msg;
    return nullptr;
  }
  return state;
#else
  return Py_NewInterpreter();
#endif
}

// After Py_EndInterpreter: up to 3.11 the caller still holds the GIL, without a thread state;
// `back` is a state of the main interpreter, under which it is let go. Later versions let it go
// themselves.
inline void after_end_interpreter([[maybe_unused]] PyThreadState* back) {
#if PY_VERSION_HEX < 0x030C0000
  PyThreadState_Swap(back);
  PyEval_SaveThread();
#endif
}

// Slots that declare a module fit for every kind of interpreter.
#if PY_VERSION_HEX >= 0x030D0000
#define WSGI_PY_MODULE_SLOTS                                            \
  {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED}, \
      {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#elif PY_VERSION_HEX >= 0x030C0000
#define WSGI_PY_MODULE_SLOTS {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define WSGI_PY_MODULE_SLOTS
#endif

// Off by default on free-threaded builds too: extensions must opt in by configuration.
inline void set_free_threading([[maybe_unused]] PyConfig& config, [[maybe_unused]] bool on) {
#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030D0000
  config.enable_gil = on ? 0 : 1;
#endif
}

// Since 3.10 a type can refuse to be instantiated; before, tp_new is taken away.
#if PY_VERSION_HEX >= 0x030A0000
inline constexpr unsigned long kNoInstances = Py_TPFLAGS_DISALLOW_INSTANTIATION;
#else
inline constexpr unsigned long kNoInstances = 0;
#endif
inline void forbid_instances([[maybe_unused]] PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030A0000
  type->tp_new = nullptr;
#endif
}

// Before 3.12 a str could have a representation that is made later. False: Python error set.
inline bool ready([[maybe_unused]] PyObject* unicode) {
#if PY_VERSION_HEX < 0x030C0000
  return PyUnicode_READY(unicode) == 0;
#else
  return true;
#endif
}

// An attribute or null, without making an AttributeError only to drop it. -1: another error.
inline int optional_attribute(PyObject* object, PyObject* name, PyObject** result) {
#if PY_VERSION_HEX >= 0x030D0000
  return PyObject_GetOptionalAttr(object, name, result);
#else
  return _PyObject_LookupAttr(object, name, result);
#endif
}

}  // namespace wsgi::py
