// SPDX-License-Identifier: Apache-2.0
// What every interpreter of a process is made with. One object, made by the engine at start, read
// by all threads afterwards. The engine's part of an interpreter (its types, its streams) comes in
// through `extend`, so this layer never names the engine.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "config/settings.h"
#include "python/py.h"

namespace wsgi::python {

class Interpreter;

// What the engine keeps per interpreter; destroyed attached, before the interpreter ends.
struct Extension {
  virtual ~Extension() = default;
};

struct Setup {
  config::PythonSettings settings;
  std::string process_group;  // "" embedded
  int maximum_processes = 1;
  int threads_per_process = 1;
  std::string home_path;  // sys.path[0]; "" none
  config::ApacheFacts apache;
  bool case_sensitive = true;
  bool single_process = false;  // nothing restricts its stdin and stdout: a debugger's
  pid_t pid = 0;                // of the process that started Python
  // A daemon without request threads: its scripts have the main thread and the signals to
  // themselves. (directives.md, 5.6)
  bool is_service() const { return threads_per_process == 0 && !process_group.empty(); }
  // Attached. null: Python error set.
  std::function<std::unique_ptr<Extension>(Interpreter&, PyObject* module)> extend;
  // mod_wsgi.request_data(): a new reference, or null without an error.
  PyObject* (*request_data)(Interpreter&) = nullptr;
  // The log of the request that the calling thread serves, else the process's.
  Log& (*current_log)() = nullptr;
};

// The options of one interpreter after resolving <WSGIInterpreterOptions>. (directives.md, 7)
struct ResolvedOptions {
  bool own_gil = false;
  bool restrict_stdin = false, restrict_stdout = false, restrict_signal = true;
  double switch_interval = 0;            // 0: leave it
  bool switch_interval_skipped = false;  // given for a sub-interpreter without its own GIL
  std::vector<std::string> paths;        // least specific first; each is moved to the front
};
ResolvedOptions resolve_options(const config::PythonSettings& settings,
                                std::string_view process_group, std::string_view application_group);
// Is the process to run with the GIL off? Sections with an application group do not count.
bool resolve_free_threading(const config::PythonSettings& settings, std::string_view process_group);

}  // namespace wsgi::python
