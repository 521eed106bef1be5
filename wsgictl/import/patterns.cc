// SPDX-License-Identifier: Apache-2.0
// Expressions; see patterns.h.
#include "import/patterns.h"

#include <cctype>

namespace wsgictl::importing {
namespace {

constexpr std::string_view kSpecial = "^$.|?*+()[]{}";

// As the paths end that render leaves out: prefixes, single paths, or both.
bool ends_without(std::string_view expression) {
  return expression.ends_with(")(?:/|$))") || expression.ends_with(")$)");
}

}  // namespace

std::optional<std::string> literal(std::string_view text, std::string_view special) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size() ||
          (special.find(text[i]) == std::string_view::npos && text[i] != '\\'))
        return std::nullopt;
    } else if (special.find(text[i]) != std::string_view::npos) {
      return std::nullopt;
    }
    out += text[i];
  }
  return out;
}

std::optional<std::string> path_of_ours(std::string_view expression) {
  constexpr std::string_view kEnd = "(/.*)?$", kWithout = "(?!(?:";
  if (!expression.starts_with('^') || !expression.ends_with(kEnd)) return std::nullopt;
  expression = expression.substr(1, expression.size() - 1 - kEnd.size());
  if (const std::size_t at = expression.find(kWithout); at != std::string_view::npos) {
    if (!ends_without(expression)) return std::nullopt;
    expression = expression.substr(0, at);
  }
  const auto path = literal(expression, kSpecial);
  if (!path) return std::nullopt;
  return path->empty() ? "/" : *path;
}

std::optional<std::string> path_of_file(std::string_view expression) {
  if (!expression.starts_with('^') || !expression.ends_with('$')) return std::nullopt;
  return literal(expression.substr(1, expression.size() - 2), kSpecial);
}

bool is_nothing_else(std::string_view expression) {
  return expression.starts_with("^/(?!(?:") && ends_without(expression);
}

std::optional<std::string> path_of_prefix(std::string_view expression) {
  if (!expression.starts_with('^')) return std::nullopt;
  expression.remove_prefix(1);
  if (expression.ends_with('$')) expression.remove_suffix(1);
  constexpr std::string_view kRest = "/(.*)";
  if (!expression.ends_with(kRest)) return std::nullopt;
  return literal(expression.substr(0, expression.size() - kRest.size()), kSpecial);
}

bool may_match(std::string_view expression, std::string_view text) {
  if (expression.find('|') != std::string_view::npos) return true;
  const bool from_start = expression.starts_with('^');
  if (from_start) expression.remove_prefix(1);
  std::string begin;
  std::size_t i = 0;
  for (; i < expression.size(); ++i) {
    if (kSpecial.find(expression[i]) != std::string_view::npos) break;
    if (expression[i] == '\\') {
      // Of a letter or digit it is a class or a reference.
      if (i + 1 == expression.size() || std::isalnum(static_cast<unsigned char>(expression[i + 1])))
        break;
      ++i;
    }
    begin += expression[i];
  }
  // What can be there not at all.
  if (i < expression.size() &&
      std::string_view("?*{").find(expression[i]) != std::string_view::npos)
    begin.resize(begin.empty() ? 0 : begin.size() - 1);
  return from_start ? text.starts_with(begin) : text.find(begin) != std::string_view::npos;
}

}  // namespace wsgictl::importing
