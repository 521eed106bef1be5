// SPDX-License-Identifier: Apache-2.0
// Pure rules about header text. Source: RFC 9110 7.6.1 (hop-by-hop fields), runtime.md 5.7.
#pragma once

#include <string>
#include <string_view>

namespace wsgi::engine {

// Header names are compared without regard to ASCII case. `lower` is lower case.
bool same_name(std::string_view name, std::string_view lower);
// Fields that belong to one connection, which is Apache's: never passed on.
bool hop_by_hop(std::string_view name);
// For log lines: control and non-ASCII bytes as \xNN, at most 256 bytes.
std::string escaped(std::string_view text);

}  // namespace wsgi::engine
