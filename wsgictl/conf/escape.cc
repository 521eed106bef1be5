// SPDX-License-Identifier: Apache-2.0
// Quoting for Apache; see escape.h.
#include "conf/escape.h"

#include <algorithm>

namespace wsgictl::conf {
namespace {

bool plain(char c) {
  constexpr std::string_view kSigns = "+-=%{}:./_*[]|,@~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kSigns.find(c) != std::string_view::npos;
}

std::string with_backslash(std::string_view text, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (before.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Unwritable unwritable(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return Unwritable::line_feed;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return Unwritable::control_character;
  }
  if (text.find("${") != std::string_view::npos) return Unwritable::substitution;
  return Unwritable::none;
}

std::string quoted(std::string_view text) { return '"' + inside_quotes(text) + '"'; }

bool is_plain_word(std::string_view text) {
  return !text.empty() && unwritable(text) == Unwritable::none &&
         std::all_of(text.begin(), text.end(), plain);
}

std::string regex_literal(std::string_view text) { return with_backslash(text, "\\^$.|?*+()[]{}"); }

std::string substitution_literal(std::string_view text) { return with_backslash(text, "\\$&"); }

std::string inside_quotes(std::string_view text) { return with_backslash(text, "\\\""); }

std::string expression_literal(std::string_view text) { return with_backslash(text, "\\%$"); }

std::optional<std::string> literal_of_expression(std::string_view expression) {
  constexpr std::string_view kDigits = "0123456789", kControls = "nrtbf";
  const auto in = [](std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
  };
  std::string out;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char next = i + 1 < expression.size() ? expression[i + 1] : '\0';
    const char c = expression[i];
    if ((c == '%' && next == '{') || (c == '$' && in(kDigits, next))) return std::nullopt;
    if (c == '\\') {
      if (next == '\0' || in(kDigits, next) || in(kControls, next)) return std::nullopt;
      ++i;
    }
    out += expression[i];
  }
  return out;
}

std::vector<std::string> networks_for_apache(const std::string& network) {
  const std::size_t slash = network.find('/');
  if (slash == std::string::npos || network.find_first_not_of('0', slash + 1) != std::string::npos)
    return {network};
  if (network.find(':') != std::string::npos) return {"::/1", "8000::/1"};
  return {"0.0.0.0/1", "128.0.0.0/1"};
}

}  // namespace wsgictl::conf
