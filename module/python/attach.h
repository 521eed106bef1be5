// SPDX-License-Identifier: Apache-2.0
// Entering and leaving Python. A thread keeps one thread state per interpreter for its whole life,
// so threading.local data persists; the main interpreter's is the one that the PyGILState functions
// find, so extension modules that use them work. Attached and Detached nest strictly.
// Source: runtime.md 10.4; PyGILState_Ensure and PyEval_RestoreThread of the C API manual.
#pragma once

#include "python/py.h"

namespace wsgi::python {

class Interpreter;

// Attaches the calling thread, which is not attached, for the scope. Blocks for the GIL.
class Attached {
 public:
  explicit Attached(Interpreter& interpreter);
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached();
};

// Lets go of the GIL for the scope; the calling thread is attached.
class Detached {
 public:
  Detached() : state_(PyEval_SaveThread()) {}
  Detached(const Detached&) = delete;
  Detached& operator=(const Detached&) = delete;
  ~Detached() { PyEval_RestoreThread(state_); }

 private:
  PyThreadState* state_;
};

// The calling thread's state in an interpreter; made on first use. Needs no GIL. null: no memory.
PyThreadState* thread_state(Interpreter& interpreter);
// Notes the state that Py_NewInterpreter made for the calling thread.
void adopt_thread_state(Interpreter& interpreter, PyThreadState* state);

}  // namespace wsgi::python
