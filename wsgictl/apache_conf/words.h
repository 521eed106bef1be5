// SPDX-License-Identifier: Apache-2.0
// Lines and words of a configuration as Apache 2.4 takes them (measured on 2.4.71;
// wsgictl-conventions, section 5). Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsgictl::apache_conf {

// One logical line: continuations joined, blanks at both ends gone.
struct Line {
  std::string text;
  int first = 0, last = 0;
};

// All lines that are neither empty nor comments.
std::vector<Line> logical_lines(std::string_view text);

// Takes the next word off TEXT, with the blanks behind it. Quotes of either kind hold a word
// together and end it; \\ and an escaped quote become one character.
std::string take_word(std::string_view& text);

std::vector<std::string> split_words(std::string_view text);

// The arguments of DIRECTIVE. Those of mod_wsgi split their own: in option="a b" the quotes belong
// to the value and are taken off.
std::vector<std::string> split_arguments(std::string_view directive, std::string_view text);

// TEXT with each ${NAME} that VALUE knows replaced, the others left; MISSING gets their names.
std::string substitute(std::string_view text,
                       const std::function<std::optional<std::string>(const std::string&)>& value,
                       std::vector<std::string>& missing);

}  // namespace wsgictl::apache_conf
