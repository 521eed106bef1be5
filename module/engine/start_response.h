// SPDX-License-Identifier: Apache-2.0
// The callables start_response and write: small objects that point to their request and are called
// by vectorcall, so no tuple is built. Attached. Source: PEP 3333, runtime.md 5.1 and 5.2.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

py::Ref make_start_response_type();
py::Ref make_write_type();
py::Ref make_start_response(Request& request);
py::Ref make_write(Request& request);

// Checks in the order of runtime.md 5.1. False: Python error set, `draft` is of no use.
bool validate_head(PyObject* status, PyObject* headers, HeadText& draft);

}  // namespace wsgi::engine
