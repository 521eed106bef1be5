// SPDX-License-Identifier: Apache-2.0
// All interpreters of the process by name. Finding one takes no lock; creating one takes the
// creation lock (one at a time: Python 3.12 cannot do more). Names come from the configuration and,
// through %{…}, from clients, so their number is limited. Source: directives.md 2, runtime.md 10.1.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "python/interpreter.h"

namespace wsgi::python {

inline constexpr std::size_t kMaximumInterpreters = 256;

class Registry {
 public:
  explicit Registry(const Setup& setup) : setup_(setup) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  // Interpreters that were not ended are left as they are: their Python objects need the GIL.
  ~Registry();

  // Attached to the main interpreter, once, before any other call.
  Status add_main();
  Interpreter& main() { return *main_; }

  // Detached. Finds or creates. Fail: interp_limit, interp_create (already logged), tstate_create.
  Result<Interpreter*> get(std::string_view name);

  // No lock. null: none of that name yet.
  Interpreter* find(std::string_view name) const;
  // The newest first.
  template <typename F>
  void each(F&& visit) const {
    for (auto* i = newest_.load(std::memory_order_acquire); i != nullptr; i = i->next) visit(*i);
  }

  // Main thread, detached, no request running: in every interpreter threads are joined and exit
  // functions run; then Python ends, unless daemon threads of an application keep a sub-interpreter
  // alive, which Python could answer by an abort only.
  void end();

 private:
  Result<Interpreter*> create(std::string_view name);
  bool end_other(Interpreter& interpreter);
  void publish(std::unique_ptr<Interpreter> made);

  const Setup& setup_;
  std::mutex creation_;
  std::vector<std::unique_ptr<Interpreter>> owned_;
  std::atomic<Interpreter*> newest_{nullptr};
  Interpreter* main_ = nullptr;
};

}  // namespace wsgi::python
