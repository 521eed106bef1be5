// SPDX-License-Identifier: Apache-2.0
// mod_wsgi.LogHandler: a logging.Handler that writes to the log of the calling thread's request, or
// of the process. Made when an application first asks for it, since most interpreters never need
// the package logging. Attached. Source: python-api.md, section 4.
#pragma once

#include "python/py.h"

namespace wsgi::python {

// The class for the interpreter of `module`; a new one each time. Empty: Python error set.
py::Ref make_log_handler(PyObject* module);

}  // namespace wsgi::python
