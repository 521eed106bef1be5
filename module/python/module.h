// SPDX-License-Identifier: Apache-2.0
// The Python module `mod_wsgi` of one interpreter: built in, multi-phase, without shared objects.
// Source: python-api.md, section 1.
#pragma once

#include "python/setup.h"

namespace wsgi::python {

// Attached. Makes the module, puts it into sys.modules. Empty: Python error set.
py::Ref make_module(Interpreter& interpreter);
// The interpreter that a module object of ours belongs to.
Interpreter& interpreter_of(PyObject* module);
// Attached. The version tuple, as mod_wsgi.version.
py::Ref version_tuple();

}  // namespace wsgi::python
