// SPDX-License-Identifier: Apache-2.0
// What is refused before parsing, since a YAML reader would repair, cut or hide it: size, encoding,
// control and invisible characters. Source: wsgictl-conventions, section 4.
#pragma once

#include <cstddef>

#include "diag/diagnostic.h"
#include "yaml/source.h"

namespace wsgictl::yaml {

inline constexpr std::size_t kMaxBytes = 1024 * 1024;

// True if the text may be parsed; else DIAGNOSTICS says why not (at most the first ten places).
bool check_bytes(const Source& source, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::yaml
