// SPDX-License-Identifier: Apache-2.0
// Directives that read the rest of their line themselves: quotes and backslashes mean something
// else to them than to Apache's own words, or nothing. Both directions, for the writer and for
// import. Pure. Measured on Apache 2.4.71: mod_rewrite takes a first ' or " up to the next one and
// knows no escape in it; Require expr takes all that follows and strips one pair of " around it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsgictl::conf {

enum class LineForm {
  words,       // of Apache's own, quoted() in escape.h
  rewrite,     // RewriteRule, RewriteCond
  expression,  // Require expr
};

LineForm line_form(std::string_view directive, const std::vector<std::string>& arguments);

// How many words stand before the text that an expression is: "expr" or "not", "expr".
std::size_t words_before(LineForm form, const std::vector<std::string>& arguments);

// TEXT in quotes of mod_rewrite; nothing if it holds both kinds of them.
std::optional<std::string> quoted_for_rewrite(std::string_view text);

// REST of a line as arguments, so that writing them gives a line that means the same.
std::vector<std::string> arguments_of_rewrite(std::string_view rest);
std::vector<std::string> arguments_of_expression(std::string_view rest);

}  // namespace wsgictl::conf
