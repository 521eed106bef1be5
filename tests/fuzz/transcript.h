// SPDX-License-Identifier: Apache-2.0
// What a configuration says, line by line: "DEPTH TAG TEXT", the text as one word. mod_tells.cc
// prints what the real Apache read; apache_transcript.h makes the same of a tree and of what the
// model of the reader read. Needs nothing of the tool, so that the module can use it.
//
//   d  a directive's name, with < for a section     a  its arguments as they are written
//   w  a word                                       o, v  name and value of an option
//   m  what mod_rewrite says of a line              r  what follows Require expr
//   e  the value inside that expression, or of a string expression
#pragma once

#include <string>
#include <string_view>

namespace wsgictl::test {

inline std::string told(int depth, char tag, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string line = std::to_string(depth) + ' ' + tag + ' ';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && byte != '%')
      line += c;
    else
      line += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return line + '\n';
}

}  // namespace wsgictl::test
