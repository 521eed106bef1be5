// SPDX-License-Identifier: Apache-2.0
// Script files as modules of one interpreter: names, loading, and the question whether a loaded one
// is out of date. Loading happens one at a time in the process, under a lock that is taken
// detached. Source: runtime.md, section 8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/log.h"
#include "python/py.h"

namespace wsgi::python {

class Interpreter;

// Modification time in microseconds; nothing if the file cannot be examined. Blocks; no Python.
std::optional<std::int64_t> modified_us(std::string_view path);

// A loaded script whose file a daemon cannot examine any more. Blocks; no Python.
void say_unexamined(std::string_view path, Log& log);

// "_mod_wsgi_" and 32 hexadecimal digits.
std::string module_name(std::string_view path, bool case_sensitive);

struct Loaded {
  py::Ref module;      // empty: failed, and logged with its traceback
  bool first = false;  // this call loaded it for the first time in this interpreter
};

class ScriptCache {
 public:
  // Attached. The module that is loaded now, held because another thread may load the script again
  // whenever this one lets the GIL go; empty if there is none (no error).
  py::Ref find(Interpreter& interpreter, std::string_view path);
  // Attached. Must `module` be loaded again? `resource`: for reload_required; "" does not ask.
  bool stale(PyObject* module, std::optional<std::int64_t> mtime, std::string_view resource,
             Log& log) const;
  // Attached; detaches while it waits for the load lock. `replace`: load even if this very module
  // is there (a newer one, loaded by another thread meanwhile, is used). `id`: of a failure.
  Loaded load(Interpreter& interpreter, std::string_view path, PyObject* replace, ErrorId id,
              Log& log);
  void clear();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct Entry {
    py::Ref name;
    bool loaded = false;   // at least once
    bool loading = false;  // its module is in sys.modules, but not yet complete
  };
  Entry* entry(Interpreter& interpreter, std::string_view path);

  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  py::Ref modules_;  // sys.modules
};

}  // namespace wsgi::python
