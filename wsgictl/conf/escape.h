// SPDX-License-Identifier: Apache-2.0
// How a value is written so that Apache reads the same value back, and which values cannot be.
// Measured on Apache 2.4.71; wsgictl-conventions, section 5. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsgictl::conf {

enum class Unwritable { none, control_character, line_feed, substitution };

// A line feed ends the directive even inside quotes; ${ is replaced in any quoting, and nothing
// escapes it.
Unwritable unwritable(std::string_view text);

// TEXT in double quotes; TEXT must be writable.
std::string quoted(std::string_view text);

// TEXT needs no quotes and means itself: letters, digits and a few signs.
bool is_plain_word(std::string_view text);

// TEXT as a literal inside a PCRE expression, and inside the target of an expression ($ is
// special).
std::string regex_literal(std::string_view text);
std::string substitution_literal(std::string_view text);

// TEXT inside a pair of double quotes, those of an HTTP header too: a backslash before \ and ".
std::string inside_quotes(std::string_view text);

// TEXT as a literal of Apache's string expressions (AuthName, Require user), where \n is a line
// feed, $1 a part of a match and %{...} a variable; and the way back, nothing if EXPRESSION says
// more than a literal. A backslash at its end would end Apache.
std::string expression_literal(std::string_view text);
std::optional<std::string> literal_of_expression(std::string_view expression);

// NETWORK as Require ip and -R take it: they refuse a prefix of 0, so all addresses of a family are
// its two halves.
std::vector<std::string> networks_for_apache(const std::string& network);

}  // namespace wsgictl::conf
