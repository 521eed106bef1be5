// SPDX-License-Identifier: Apache-2.0
// The two names that an installed package may share with ours: a package `mod_wsgi` lends our
// module its __path__, a module `apache` is the base of ours in Apache's own processes. Attached;
// last in the set-up of an interpreter, when sys.path is complete. Whatever goes wrong is logged
// (pkg_import) and is no failure. Source: python-api.md, sections 1.1 and 8; runtime.md 10.3.
#pragma once

#include "base/log.h"
#include "config/settings.h"
#include "python/py.h"

namespace wsgi::python {

// The package is found, not executed.
void adopt_package_path(PyObject* module, Log& log);

// `adopt`: import and extend a module of that name if there is one.
void make_apache_module(const config::ApacheFacts& facts, bool adopt, Log& log);

// "2.4.71" as (2, 4, 71); missing parts are 0.
py::Ref version_of(const std::string& text);

}  // namespace wsgi::python
