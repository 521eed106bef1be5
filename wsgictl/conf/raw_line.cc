// SPDX-License-Identifier: Apache-2.0
// Lines that are not made of Apache's words; see raw_line.h.
#include "conf/raw_line.h"

#include <strings.h>

#include <algorithm>

namespace wsgictl::conf {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r";

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

}  // namespace

LineForm line_form(std::string_view directive, const std::vector<std::string>& arguments) {
  if (same(directive, "RewriteRule") || same(directive, "RewriteCond")) return LineForm::rewrite;
  const bool no = !arguments.empty() && same(arguments[0], "not");
  const std::size_t at = no ? 1 : 0;
  const bool expression =
      same(directive, "Require") && arguments.size() > at && same(arguments[at], "expr");
  return expression ? LineForm::expression : LineForm::words;
}

std::size_t words_before(LineForm form, const std::vector<std::string>& arguments) {
  if (form != LineForm::expression) return 0;
  return same(arguments[0], "not") ? 2 : 1;
}

std::optional<std::string> quoted_for_rewrite(std::string_view text) {
  const bool inside = text.find('"') != std::string_view::npos;
  if (inside && text.find('\'') != std::string_view::npos) return std::nullopt;
  const std::string quote(1, inside ? '\'' : '"');
  return quote + std::string(text) + quote;
}

std::vector<std::string> arguments_of_rewrite(std::string_view rest) {
  std::vector<std::string> out;
  for (skip_blanks(rest); !rest.empty(); skip_blanks(rest)) {
    const bool quoted = rest.front() == '"' || rest.front() == '\'';
    const std::string end = quoted ? std::string(1, rest.front()) : std::string(kBlanks);
    if (quoted) rest.remove_prefix(1);
    std::size_t at = 0;
    while (at < rest.size() && end.find(rest[at]) == std::string::npos) {
      const bool escaped = rest[at] == '\\' && at + 1 < rest.size() &&
                           kBlanks.find(rest[at + 1]) != std::string_view::npos;
      at += escaped ? 2 : 1;
    }
    out.emplace_back(rest.substr(0, at));
    rest.remove_prefix(std::min(at + 1, rest.size()));
  }
  return out;
}

std::vector<std::string> arguments_of_expression(std::string_view rest) {
  std::vector<std::string> out;
  for (skip_blanks(rest); out.empty() || !same(out.back(), "expr"); skip_blanks(rest)) {
    const std::size_t end = std::min(rest.find_first_of(kBlanks), rest.size());
    if (end == 0) return out;
    out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  while (!rest.empty() && kBlanks.find(rest.back()) != std::string_view::npos)
    rest.remove_suffix(1);
  if (rest.size() > 1 && rest.front() == '"' && rest.back() == '"')
    rest = rest.substr(1, rest.size() - 2);
  if (!rest.empty()) out.emplace_back(rest);
  return out;
}

}  // namespace wsgictl::conf
