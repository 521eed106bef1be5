// SPDX-License-Identifier: Apache-2.0
// YAML text to a tree, through yaml-cpp's events, never its document model: that one keeps the
// first of two equal keys, follows anchors into cycles and forgets where a value ends. Refused with
// their place: anchors, aliases, merge keys, tags, further documents, keys that are no plain text,
// duplicate keys (both places), tabs as indentation, too deep, too many.
#pragma once

#include <cstddef>
#include <optional>

#include "diag/diagnostic.h"
#include "yaml/node.h"
#include "yaml/source.h"

namespace wsgictl::yaml {

inline constexpr std::size_t kMaxDepth = 32;
inline constexpr std::size_t kMaxNodes = 100000;

// The tree of SOURCE (bytes are checked first). Nothing if DIAGNOSTICS got an error.
std::optional<Node> load(const Source& source, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::yaml
