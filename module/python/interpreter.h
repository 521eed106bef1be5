// SPDX-License-Identifier: Apache-2.0
// One named Python interpreter. Owned by the registry, lives as long as the process; used by any
// thread, but its Python members only inside Attached{interpreter}.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "python/atoms.h"
#include "python/script.h"
#include "python/setup.h"
#include "python/subscribers.h"

namespace wsgi::python {

class Interpreter {
 public:
  // Attached to the interpreter itself. Sets it up in the order of runtime.md 10.2.
  // Fail interp_create has been logged with its traceback.
  static Result<std::unique_ptr<Interpreter>> create(const Setup& setup, std::string name,
                                                     const ResolvedOptions& options);

  const std::string& name() const { return name_; }
  bool is_main() const { return name_.empty(); }
  PyInterpreterState* state() const { return state_; }
  const Setup& setup() const { return setup_; }

  const Atoms& atoms() const { return atoms_; }
  Atoms& atoms() { return atoms_; }
  ScriptCache& scripts() { return scripts_; }
  Extension& extension() { return *extension_; }
  Subscribers& subscribers() { return subscribers_; }
  // null after release()
  PyObject* module() const { return module_.get(); }
  PyObject* request_timeout() const { return request_timeout_.get(); }
  PyObject* active_requests() const { return active_requests_.get(); }

  // A thread state made by this module, so that destruction can clear it.
  void note_thread_state(PyThreadState* state);
  // Attached by `own`: drops what is held of Python and clears the other threads' states.
  void release();
  void clear_thread_states(const PyThreadState* own);

  // "main interpreter" or "interpreter 'name'"
  std::string describe() const;

  // Process-wide list of the registry: prepended once, read without a lock.
  Interpreter* next = nullptr;

 private:
  Interpreter(const Setup& setup, std::string name);
  bool set_up(const ResolvedOptions& options);

  const Setup& setup_;
  std::string name_;
  PyInterpreterState* state_;
  Atoms atoms_;
  py::Ref module_, request_timeout_, active_requests_;
  Subscribers subscribers_;
  ScriptCache scripts_;
  std::unique_ptr<Extension> extension_;
  std::mutex states_lock_;
  std::vector<PyThreadState*> states_;
};

}  // namespace wsgi::python
