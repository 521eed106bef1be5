// SPDX-License-Identifier: Apache-2.0
// sys.path of an interpreter: directories through site.addsitedir, so that .pth files work, then
// moved to the front. Attached. Source: directives.md, section 6.
#pragma once

#include <string_view>

#include "base/log.h"
#include "python/py.h"

namespace wsgi::python {

// ':'-separated directories. One that fails is logged (py_path) and ends the list.
void add_python_path(std::string_view directories, Log& log);
// Puts a directory first, whether it was there or not. False: Python error set.
bool put_first(std::string_view directory);

}  // namespace wsgi::python
