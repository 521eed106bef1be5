// SPDX-License-Identifier: Apache-2.0
// From the application's result to the client, and from its failures to the log. Attached.
// Source: runtime.md 5.3 to 5.6, errors.md 7 and 9.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

// Iterates, sends and closes the result.
OutcomeCode deliver(Request& request, py::Ref result);

// Takes the pending Python error and logs it once. Returns `code`, or what the kind of exception
// makes of it (RequestTimeout, a head that was refused, a client that has gone).
OutcomeCode fail_request(Request& request, ErrorId id, OutcomeCode code);

}  // namespace wsgi::engine
