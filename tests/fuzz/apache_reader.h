// SPDX-License-Identifier: Apache-2.0
// Reads Apache configuration as Apache does, strictly: whatever is not plainly one directive a
// line, or a section that is closed, is no configuration. The words are read by the module's own
// code. apache_round_trip.cc and tests/unit/wsgictl/core_apache_reader_test.cc compare it with the
// real Apache.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.h"

namespace wsgictl::test {

struct Read {
  std::string name;
  bool section = false;
  std::string arguments;  // as written, without the > of a section
  std::vector<Read> children;
};

inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The next line off TEXT; one that ends in a backslash goes on in the next, comments too. A
// carriage return before the line feed belongs to it.
inline std::string next_line(std::string_view& text) {
  std::string line;
  for (;;) {
    const std::size_t end = text.find('\n');
    std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (part.ends_with('\r') && end != std::string_view::npos) part.remove_suffix(1);
    const bool goes_on = part.ends_with('\\') && !text.empty();
    if (goes_on) part.remove_suffix(1);
    line += part;
    if (!goes_on) return line;
  }
}

// The lines up to the end of section CLOSING ("": of the text).
inline std::optional<std::vector<Read>> read_lines(std::string_view& text,
                                                   const std::string& closing) {
  std::vector<Read> found;
  std::string end_of_section("</");
  end_of_section.append(closing).append(">");
  while (!text.empty()) {
    const std::string whole = next_line(text);
    std::string_view line = trimmed(whole);
    if (line.empty() || line[0] == '#') continue;
    if (!closing.empty() && line == end_of_section) return found;
    const auto name = wsgi::config::next_word(line);
    Read read{*name, name->starts_with('<'), std::string(trimmed(line)), {}};
    if (read.section) {
      if (read.name.ends_with('>') && read.arguments.empty()) {
        read.name.pop_back();  // <RequireAll>
        read.arguments += '>';
      }
      const std::size_t end = read.arguments.rfind('>');
      if (read.name.starts_with("</") || end == std::string::npos) return std::nullopt;
      read.arguments.resize(end);
      read.name.erase(0, 1);
      auto inner = read_lines(text, read.name);
      if (!inner) return std::nullopt;
      read.children = std::move(*inner);
    }
    found.push_back(std::move(read));
  }
  if (!closing.empty()) return std::nullopt;
  return found;
}

inline std::optional<std::vector<Read>> read_apache(std::string_view text) {
  return read_lines(text, "");
}

// What mod_authz_core hands to its provider: all after "expr" or "not expr".
inline std::optional<std::string> line_of_expression(std::string_view line) {
  auto name = wsgi::config::next_word(line);
  if (name == "not") name = wsgi::config::next_word(line);
  if (name != "expr") return std::nullopt;
  return std::string(trimmed(line));
}

// What the provider makes an expression of: that, without one pair of quotes.
inline std::string without_quotes(std::string_view line) {
  if (line.size() > 1 && line.front() == '"' && line.back() == '"')
    line = line.substr(1, line.size() - 2);
  return std::string(line);
}

}  // namespace wsgictl::test
