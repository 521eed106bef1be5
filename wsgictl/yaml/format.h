// SPDX-License-Identifier: Apache-2.0
// The canonical layout of a definition: two blanks for each level, lists one level in, one blank
// after a colon or dash, no blanks at line ends, one empty line at most, one line feed at the end.
// Works on the text by range, so comments, quotes, order and flow collections stay as written.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "diag/diagnostic.h"
#include "yaml/source.h"

namespace wsgictl::yaml {

// The text of SOURCE in canonical layout. Formatting it again changes nothing, and it loads to the
// same tree. Nothing if DIAGNOSTICS got an error: the text does not load, or its layout cannot be
// kept (block scalars, values over several lines, "? " keys).
std::optional<std::string> format(const Source& source, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::yaml
