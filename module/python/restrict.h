// SPDX-License-Identifier: Apache-2.0
// Guards of an interpreter: standard streams that raise on any use, and signal.signal, which an
// application must not take away from the server. Attached. Source: directives.md, section 7.
#pragma once

#include "python/setup.h"

namespace wsgi::python {

// Replaces sys.stdin / sys.stdout by an object whose every attribute raises OSError.
bool restrict_stream(const char* name);
// Replaces signal.signal; a process forked by the application gets the original behaviour.
bool guard_signals(Interpreter& interpreter, PyObject* module);
// SIGTERM raises SystemExit in the main thread. Main thread and main interpreter only.
bool end_on_sigterm();

}  // namespace wsgi::python
