// SPDX-License-Identifier: Apache-2.0
// Lines as people write them, and worse: quotes in the middle of words, quotes that do not end,
// backslashes anywhere, lines that go on in the next. Not from the writer: they compare the model
// of Apache's reader, and the tool's own reader (apache_conf, for `import` and `check`), with the
// real Apache. For apache_round_trip.cc.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "conf/raw_line.h"
#include "fuzz/apache_reader.h"

namespace wsgictl::test {

inline std::string as_it_comes(std::mt19937& random) {
  static constexpr std::string_view kSigns(
      "\"\"''\\\\  \t\v\f\r#<>$%{}=*!&[],.ab1z\xc3\xa9\xa0\x85");
  std::string out;
  for (auto left = random() % 24; left > 0; --left) {
    if (random() % 40 == 0) out += random() % 2 == 0 ? "\\\n" : "\\\r\n";
    out += kSigns[random() % kSigns.size()];
  }
  if (out.ends_with('\\') || out.ends_with('\r')) out += ' ';  // the next line is not of this one
  return out;
}

// Apache says what it made of the line: transcript.h
inline bool is_told(bool rule, const std::vector<std::string>& words) {
  if (words.size() < 2) return false;
  if (words.size() == 2) return words[rule ? 0 : 1].starts_with('*');
  const std::string& flags = words[2];
  return flags.starts_with("[z") && flags.ends_with("z]") &&
         flags.find_first_of(",=") == std::string::npos;
}

// The arguments that a line of RewriteRule or RewriteCond ends up with.
inline std::string rewrite_as_it_comes(std::mt19937& random, bool rule) {
  for (;;) {
    std::string line = as_it_comes(random);
    if (random() % 2 == 0)
      line += " " + as_it_comes(random) + (random() % 2 == 0 ? " [z" : " '[z") +
              as_it_comes(random) + "z]" + (random() % 2 == 0 ? "" : "' more");
    else if (rule)
      line.insert(0, random() % 2 == 0 ? "*" : "\"*");
    else
      line += (random() % 2 == 0 ? " *" : " '*") + as_it_comes(random);
    std::string_view rest(line);
    const std::string whole = next_line(rest);
    if (rest.empty() && is_told(rule, conf::arguments_of_rewrite(trimmed(whole)))) return line;
  }
}

// Some directives, with nothing in them that Apache would replace.
inline std::string lines_as_they_come(std::mt19937& random) {
  std::string out;
  for (auto left = random() % 6 + 1; left > 0; --left) {
    const auto kind = random() % 7;
    std::string line = as_it_comes(random);
    if (kind == 0) line = "RewriteRule " + rewrite_as_it_comes(random, true);
    if (kind == 1) line = "RewriteCond " + rewrite_as_it_comes(random, false);
    if (kind == 2) line = "Require expr " + line;
    if (kind == 3) line = "<Section " + line + ">\nWords a\n</Section>";
    if (kind == 4) line = "Settings a=" + line + " b=" + as_it_comes(random);
    if (kind == 5) line = "Words " + line + "\n# " + as_it_comes(random) + ".";
    if (kind == 6) line = "Words\t" + line;
    std::string_view rest(line);
    bool replaced = false;
    while (!rest.empty()) replaced = next_line(rest).find("${") != std::string::npos || replaced;
    if (!replaced) out += line + "\n";
  }
  return out;
}

}  // namespace wsgictl::test
