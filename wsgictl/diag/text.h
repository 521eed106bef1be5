// SPDX-License-Identifier: Apache-2.0
// Small text helpers: quoting with unprintables made visible, code points, nearest neighbour among
// known words, letters of one case. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsgictl::diag {

// Control characters, bidi and other invisible code points and broken UTF-8 as \uXXXX, \xXX.
std::string escape(std::string_view text);

// escape(text) in double quotes, cut after LIMIT code points with "…".
std::string quote(std::string_view text, std::size_t limit = 80);

// Number of code points; a byte that is no UTF-8 counts as one.
std::size_t code_points(std::string_view text);

// Length in bytes of the UTF-8 sequence at the start of TEXT, 0 if it is not valid UTF-8.
std::size_t sequence_length(std::string_view text);

// The code point at the start of TEXT, which must be valid there.
char32_t code_point(std::string_view text);

// Edits (insert, delete, replace, swap of neighbours) that turn A into B.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to WORD: at most 2 edits and at most a third of the word (but 1 for any).
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

// ASCII letters only, as names of hosts, headers and directives are compared.
std::string lower(std::string_view text);

// "a, b or c"
std::string join_or(const std::vector<std::string>& words);

}  // namespace wsgictl::diag
