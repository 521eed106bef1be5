// SPDX-License-Identifier: Apache-2.0
// Asks the tables of the Apache module whether it takes a line, so that the tool cannot print what
// the module would refuse. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsgictl::conf {

// The module's complaint about one of its directives with these ARGUMENTS (as written in the file),
// or nothing. Directives of others are not judged.
std::optional<std::string> module_refuses(std::string_view directive, std::string_view arguments);

// What the module says of a directive of its own that it takes and does nothing with, or nothing.
// Of more than one word the first is the directive's name.
std::optional<std::string_view> module_ignores(std::string_view directive);

}  // namespace wsgictl::conf
