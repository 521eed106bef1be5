// SPDX-License-Identifier: Apache-2.0
// A configuration of Apache as it was read: directives and sections with the place of each, files
// read in and conditions resolved. Plain data; whoever reads it owns it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "diag/diagnostic.h"

namespace wsgictl::apache_conf {

struct Place {
  std::string file;
  int line = 0;       // where the directive starts
  int last_line = 0;  // where it ends: the line that Apache names
};

struct Node {
  std::string name;  // as written; compare with is()
  bool section = false;
  std::string arguments;           // variables replaced, quotes as written, of sections without >
  std::vector<std::string> words;  // the arguments as Apache splits and unquotes them
  std::vector<Node> children;      // of a section
  Place place;

  bool is(std::string_view directive) const;  // names have no case
};

enum class Trouble {
  not_readable,      // a file, or an Include without a match
  unclosed_section,  // or closed by something else
  malformed,         // a section without >, a condition without a word
  undefined_name,    // ${NAME} stays as it is, which Apache warns of
  not_judged,        // a condition that only the server can judge; its lines are taken
  macro,             // mod_macro: not expanded
  limit,             // sections too deep; files too deep, too many or too large
};

struct Problem {
  Trouble trouble;
  Place place;
  std::string message;
};

// A condition that fails: what is in it does not count.
struct Skipped {
  Place place;
  std::string condition;  // IfModule mod_ssl.c
};

struct Configuration {
  std::vector<Node> nodes;
  std::vector<Problem> problems;
  std::vector<Skipped> skipped;
  std::vector<std::string> modules;            // short names: "ssl"; of LoadModule, and built in
  std::map<std::string, std::string> sources;  // texts by file, for excerpts
  std::string server_root;
};

// The place as a mark for diagnostics, over the whole first line; SOURCES gives the bytes.
diag::Mark mark(const Place& place, const std::map<std::string, std::string>& sources);

}  // namespace wsgictl::apache_conf
