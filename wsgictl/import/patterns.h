// SPDX-License-Identifier: Apache-2.0
// Expressions of aliases and redirects that mean a plain path: those that render writes, and the
// usual ^/static/(.*)$. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsgictl::importing {

// The path that EXPRESSION, "^/old(?!…)(/.*)?$", is for with all below it; nothing if it has not
// the form that render writes.
std::optional<std::string> path_of_ours(std::string_view expression);

// P of "^P$", as render writes it for a file.
std::optional<std::string> path_of_file(std::string_view expression);

// EXPRESSION is that of what no route matches.
bool is_nothing_else(std::string_view expression);

// P of "^P/(.*)$"; nothing if P has anything special.
std::optional<std::string> path_of_prefix(std::string_view expression);

// False if EXPRESSION cannot match anything in TEXT. Told by what it begins with alone, so that it
// is true of many that do not match.
bool may_match(std::string_view expression, std::string_view text);

// TEXT with what a backslash protects as itself; nothing if something special is bare.
std::optional<std::string> literal(std::string_view text, std::string_view special);

}  // namespace wsgictl::importing
