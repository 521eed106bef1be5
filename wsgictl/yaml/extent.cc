// SPDX-License-Identifier: Apache-2.0
// Ends of scalars; see extent.h.
#include "yaml/extent.h"

#include <algorithm>

namespace wsgictl::yaml {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t quoted_end(std::string_view text, std::size_t start) {
  const char quote = text[start];
  std::size_t i = start + 1;
  while (i < text.size()) {
    if (quote == '"' && text[i] == '\\') {
      i += 2;
    } else if (text[i] != quote) {
      ++i;
    } else if (quote == '\'' && i + 1 < text.size() && text[i + 1] == '\'') {
      i += 2;
    } else {
      return i + 1;
    }
  }
  return text.size();
}

// Follows VALUE through the text; blanks may differ, since lines are folded.
std::size_t followed_end(std::string_view text, std::size_t i, std::string_view value) {
  std::size_t end = i;
  for (const char c : value) {
    if (blank(c)) continue;
    while (i < text.size() && blank(text[i])) ++i;
    if (i >= text.size() || text[i] != c) break;
    end = ++i;
  }
  return end;
}

}  // namespace

Properties skip_properties(std::string_view text, std::size_t start) {
  Properties found;
  found.first_end = std::min(start + 1, text.size());
  std::size_t i = start;
  while (i < text.size() && (text[i] == '!' || text[i] == '&')) {
    found.tag = found.tag || text[i] == '!';
    std::size_t end = i;
    while (end < text.size() && !blank(text[end]) && text[end] != ',') ++end;
    if (i == start) found.first_end = end;
    i = end;
    while (i < text.size() && blank(text[i])) ++i;
  }
  found.value_start = i;
  return found;
}

std::size_t scalar_end(std::string_view text, std::size_t start, std::string_view value) {
  if (start >= text.size()) return text.size();
  const char first = text[start];
  if (first == '"' || first == '\'') return quoted_end(text, start);
  if (first != '|' && first != '>') return followed_end(text, start, value);
  const std::size_t header_end = std::min(text.find('\n', start), text.size());
  return std::max(header_end, followed_end(text, header_end, value));
}

}  // namespace wsgictl::yaml
