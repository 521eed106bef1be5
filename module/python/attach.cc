// SPDX-License-Identifier: Apache-2.0
#include "python/attach.h"

#include <vector>

#include "python/interpreter.h"

namespace wsgi::python {
namespace {

struct ThreadStates {
  PyThreadState* main = nullptr;
  struct Entry {
    const Interpreter* interpreter;
    PyThreadState* state;
  };
  std::vector<Entry> others;
};
thread_local ThreadStates t_states;

// PyGILState_Ensure, never released: the state stays for the thread's life and is the one that
// extension modules find. It must exist before any other state of the thread, because Python gives
// that role to whichever comes first.
void ensure_main() {
  if (t_states.main != nullptr) return;
  PyGILState_Ensure();
  t_states.main = PyEval_SaveThread();
}

}  // namespace

PyThreadState* thread_state(Interpreter& interpreter) {
  if (interpreter.is_main()) {
    ensure_main();
    return t_states.main;
  }
  for (const auto& entry : t_states.others) {
    if (entry.interpreter == &interpreter) return entry.state;
  }
  ensure_main();
  PyThreadState* state = PyThreadState_New(interpreter.state());
  if (state != nullptr) adopt_thread_state(interpreter, state);
  return state;
}

void adopt_thread_state(Interpreter& interpreter, PyThreadState* state) {
  t_states.others.push_back({&interpreter, state});
  interpreter.note_thread_state(state);
}

Attached::Attached(Interpreter& interpreter) {
  PyThreadState* state = thread_state(interpreter);
  if (state == nullptr) Py_FatalError("mod_wsgi: no memory for a thread state");
  PyEval_RestoreThread(state);
}

Attached::~Attached() { PyEval_SaveThread(); }

}  // namespace wsgi::python
