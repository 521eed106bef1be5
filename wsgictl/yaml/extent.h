// SPDX-License-Identifier: Apache-2.0
// Where things end in YAML text: yaml-cpp tells only where they start. Pure functions; they never
// read past the end of the text, whatever it holds.
#pragma once

#include <cstddef>
#include <string_view>

namespace wsgictl::yaml {

// Anchor and tag in front of a value.
struct Properties {
  bool tag = false;
  std::size_t first_end = 0;    // end of the first property, or of one character
  std::size_t value_start = 0;  // behind all of them
};
Properties skip_properties(std::string_view text, std::size_t start);

// End (exclusive) of the scalar that starts at START and has this VALUE: the closing quote, or the
// last of its characters.
std::size_t scalar_end(std::string_view text, std::size_t start, std::string_view value);

}  // namespace wsgictl::yaml
