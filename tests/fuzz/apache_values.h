// SPDX-License-Identifier: Apache-2.0
// Trees of directives and sections out of bytes, for fuzz_apache.cc and apache_round_trip.cc: every
// form that the writer knows, with values of any bytes. Names are those of mod_tells.cc. What
// mod_rewrite and expressions read is made so that Apache tells it: a pattern that does not compile
// and a flag that is none are quoted in the message, and an expression has one constant.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "conf/ast.h"
#include "conf/escape.h"

namespace wsgictl::test {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, data + size) {}

  bool empty() const { return at_ >= rest_.size(); }
  unsigned number(unsigned below) { return empty() ? 0 : rest_[at_++] % below; }
  std::string text() {
    std::string out;
    for (unsigned left = number(40); left > 0 && !empty(); --left)
      out += static_cast<char>(rest_[at_++]);
    return out;
  }

 private:
  std::vector<std::uint8_t> rest_;
  std::size_t at_ = 0;
};

inline conf::Argument argument(Input& in, bool option) {
  const std::string name = option ? "option" + std::to_string(in.number(3)) : "";
  conf::Argument made{name, in.text(), true, {}};
  made.quoted = in.number(4) != 0;
  return made;
}

// Options have a directive of their own, as in Apache: words there, name=value here.
inline std::vector<conf::Argument> arguments(Input& in, bool options) {
  std::vector<conf::Argument> made;
  for (unsigned left = in.number(4); left > 0; --left) made.push_back(argument(in, options));
  return made;
}

inline std::string without(std::string text, std::string_view unwanted) {
  std::erase_if(text, [&](char c) { return unwanted.find(c) != std::string_view::npos; });
  return text;
}

// Two words, one of which is no pattern, or three, the last with a flag that is none.
inline void rewrite(Input& in, conf::Block& out) {
  const bool rule = in.number(2) == 0;
  auto words = arguments(in, false);
  const unsigned clean = in.number(8);  // mostly without one kind of quotes: both are refused
  for (conf::Argument& word : words)
    if (clean != 0) word.text = without(word.text, clean % 2 == 0 ? "\"" : "'");
  while (words.size() < 2) words.push_back(conf::word("-"));
  if (words.size() == 2)
    words[rule ? 0 : 1].text.insert(0, "*");
  else
    words[2].text = "[z" + without(words[2].text, ",=") + "z]";
  out.directive(rule ? "RewriteRule" : "RewriteCond", std::move(words));
}

// TEXT as a string of an expression.
inline std::string expression_string(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == '\\' || c == '$' || c == '%' || c == quote) out += '\\';
    out += c;
  }
  return out + quote;
}

inline std::vector<conf::Argument> expression(Input& in) {
  const unsigned form = in.number(4);
  if (form == 0) return arguments(in, false);  // any text, which need not be an expression
  const std::string text = in.text();
  if (form == 1)
    return {conf::word("\"x\""), conf::word("-told"), conf::word(expression_string(text, '"'))};
  if (form == 2) return {conf::word("'x' -told"), conf::word(expression_string(text, '\''))};
  return {conf::word("-n told(" + expression_string(text, '\'') + ")")};
}

inline conf::Block block(Input& in, unsigned depth) {
  conf::Block out{diag::Mark{"f.yaml", {1, 1, 0}, {1, 2, 1}}};
  for (unsigned left = in.number(8); left > 0 && !in.empty(); --left) {
    const unsigned kind = in.number(depth < 4 ? 7 : 6);
    if (kind == 0) {
      out.directive("Words", arguments(in, false));
    } else if (kind == 1) {
      out.directive("Settings", arguments(in, true));
    } else if (kind == 2) {
      out.comment(in.text());
    } else if (kind == 3) {
      if (in.number(2) == 0)
        out.blank();
      else
        out.directive("Text", {conf::value(conf::expression_literal(in.text()), {})});
    } else if (kind == 4) {
      rewrite(in, out);
    } else if (kind == 5) {
      auto words = expression(in);
      words.insert(words.begin(), conf::word("expr"));
      if (in.number(4) == 1) words.insert(words.begin(), conf::word("not"));
      out.directive("Require", std::move(words));
    } else {
      auto names = arguments(in, false);
      out.section("Section", std::move(names), block(in, depth + 1));
    }
  }
  return out;
}

inline conf::Block tree(const std::vector<std::uint8_t>& bytes) {
  Input in(bytes.data(), bytes.size());
  return block(in, 0);
}

}  // namespace wsgictl::test
