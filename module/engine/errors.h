// SPDX-License-Identifier: Apache-2.0
// Text streams of applications that end in the log: environ['wsgi.errors'], sys.stderr, sys.stdout.
// Each is an io.TextIOWrapper over a mod_wsgi.Log object. Making one costs more than everything
// else of a small request, so one that no application has touched or kept serves the next request
// too. Attached; the log is written detached. Source: runtime.md 11.2.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

py::Ref make_log_type();
// Fills in request.errors. False: Python error set.
bool take_errors(Request& request);
// The request is over: its stream is cut off, and kept for the next one if nobody has seen it.
void give_back_errors(Request& request);
// A stream for the life of the interpreter: stdout_ or stderr_.
py::Ref make_standard_stream(State& state, LogStream stream);

}  // namespace wsgi::engine
