// SPDX-License-Identifier: Apache-2.0
// Error reports: a Python exception as one header line and one record per line of traceback, and
// the stacks of threads. Attached; the log is written detached, because it may block.
// Source: errors.md, section 9.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "python/py.h"

namespace wsgi::python {

// The pending error, taken and normalised; the traceback is set in `value`.
struct Caught {
  py::Ref type, value, trace;
  explicit operator bool() const { return bool(value); }
};
Caught catch_error();

// "KeyError"; "builtins" and "__main__" are left out, other modules lead.
std::string class_name(PyObject* type);
// Lines as Python's traceback module prints them, chained and grouped; never empty.
std::vector<std::string> traceback_lines(const Caught& caught);
// Header at the level of `id`, then the traceback.
void log_exception(Log& log, ErrorId id, std::string_view header, const Caught& caught);
// Takes the pending error and logs it.
void log_pending(Log& log, ErrorId id, std::string_view header);

// The stack of the calling thread, or of one thread of this interpreter, innermost last.
std::vector<std::string> stack_of_caller();
// "Thread N:" and its frames for every thread of the interpreter; `only`: one ident, 0 all.
std::vector<std::string> stacks(unsigned long only = 0);

// Writes lines detached.
void log_lines(Log& log, ErrorId id, Level level, const std::vector<std::string>& lines);

}  // namespace wsgi::python
