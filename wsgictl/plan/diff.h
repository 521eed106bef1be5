// SPDX-License-Identifier: Apache-2.0
// Unified difference of two texts, readable by patch(1): three lines of context, a/ and b/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wsgictl::plan {

// "" if the texts are equal. An absent side is named /dev/null. PATH is absolute.
std::string unified_diff(std::string_view path, const std::string* before,
                         const std::string* after);

}  // namespace wsgictl::plan
