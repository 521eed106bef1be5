// SPDX-License-Identifier: Apache-2.0
// Python itself: started once per process, on its main thread, and ended there. Everything that
// comes from PyConfig is decided here: home and virtual environment, optimisation, warnings, hash
// seed, bytecode. Source: directives.md 6; PEP 587; runtime.md 10.6.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "config/settings.h"

namespace wsgi::python {

// How Python is to be told where it lives.
struct HomeChoice {
  std::string home;        // PyConfig.home; "" = Python finds out
  std::string executable;  // what sys.executable shall be; "" = Python finds out
};
// A folder with a pyvenv.cfg starts as its bin/python would; any other folder is a prefix. An
// unusable folder is logged (py_home) and used all the same.
HomeChoice choose_home(const std::string& home, Log& log);

// Attached to the main interpreter's first thread state on success. Fail: py_config, py_init.
Status start_python(const config::PythonSettings& settings, bool free_threading, Log& log);

// Attached to the main interpreter: joins threads, runs atexit, ends Python.
void end_python(Log& log);

}  // namespace wsgi::python
