// SPDX-License-Identifier: Apache-2.0
// Does a script alias apply to a request path? Pure; called for every request that no other module
// mapped, on the thread of the request. Source: directives.md, section 3.1.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace wsgi::config {

// How many bytes of the decoded `path` the alias covers; what follows them is appended to the
// target. 0 for the alias "/": the whole path is appended.
std::optional<std::size_t> match_alias(std::string_view alias, std::string_view path);

}  // namespace wsgi::config
