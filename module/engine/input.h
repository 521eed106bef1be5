// SPDX-License-Identifier: Apache-2.0
// environ['wsgi.input']: a Python object that holds one pointer to its request, and loses it when
// the request ends. Attached. Source: runtime.md 4.2.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

py::Ref make_input_type();
py::Ref make_input(Request& request);

}  // namespace wsgi::engine
