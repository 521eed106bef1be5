// SPDX-License-Identifier: Apache-2.0
// The environ of a request: a copy of its target's template, then the request's variables with
// interned keys, then the keys that no configuration can set. Attached. Source: runtime.md 3.
#pragma once

#include "engine/request.h"

namespace wsgi::engine {

// A new dict; empty: Python error set.
py::Ref make_environ(Request& request);

}  // namespace wsgi::engine
