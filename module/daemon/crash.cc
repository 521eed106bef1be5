// SPDX-License-Identifier: Apache-2.0
// Through the module's own function, as there is no C interface to it.
#include <Python.h>
#include <unistd.h>

#include "daemon/crash.h"

namespace wsgi::daemon {

void show_stacks_of_crashes(Log& log) {
  if (!Py_IsInitialized()) return;  // an engine without an interpreter
  const PyGILState_STATE gil = PyGILState_Ensure();
  PyObject* module = PyImport_ImportModule("faulthandler");
  // The number, not sys.stderr: that is ours and has none.
  PyObject* done =
      module != nullptr ? PyObject_CallMethod(module, "enable", "i", STDERR_FILENO) : nullptr;
  if (done == nullptr) {
    PyErr_Clear();
    log.message(ErrorId::limit_stacks, Level::info,
                "faulthandler is not there; a crash will not show its Python stack");
  }
  Py_XDECREF(done);
  Py_XDECREF(module);
  PyGILState_Release(gil);
}

}  // namespace wsgi::daemon
