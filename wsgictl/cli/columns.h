// SPDX-License-Identifier: Apache-2.0
// Text for a terminal of 80 columns. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wsgictl::cli {

// NAME, and TEXT beside it from COLUMN on, wrapped at blanks; below where NAME is too long.
std::string in_columns(const std::string& name, std::string_view text, std::size_t column);

}  // namespace wsgictl::cli
