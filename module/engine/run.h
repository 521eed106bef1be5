// SPDX-License-Identifier: Apache-2.0
// One request from its head to its outcome: load, call, iterate, close. Called detached by the
// thread that serves the request; takes the GIL once and gives it back whenever it waits.
// Source: PEP 3333, runtime.md 5 and 8, errors.md 7.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

Outcome run_request(python::Interpreter& interpreter, const RequestHead& head, BodySource& body,
                    ResponseSink& sink, Log& log);

}  // namespace wsgi::engine
