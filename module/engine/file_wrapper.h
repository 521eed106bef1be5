// SPDX-License-Identifier: Apache-2.0
// mod_wsgi.FileWrapper: an iterator over blocks of a file-like, and the question whether the file
// itself may be handed to the server instead. Attached. Source: runtime.md 5.6, python-api.md 3.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "engine/state.h"

namespace wsgi::engine {

py::Ref make_file_wrapper_type();

struct FilePart {
  Fd file;  // open for reading only; the wrapper keeps its own
  std::uint64_t offset = 0, size = 0;
};
// Nothing: not such an object, or not a regular file with a position; iterate it. No error is set.
std::optional<FilePart> file_part(State& state, PyObject* result);

}  // namespace wsgi::engine
