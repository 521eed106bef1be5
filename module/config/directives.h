// SPDX-License-Identifier: Apache-2.0
// The table of all directives, and what each does with its arguments. Pure: the arguments are text,
// the targets are the structs of scopes.h; what needs Apache (contexts, regular expressions, the
// configuration tree) is apache/commands.cc's. Source: directives.md of the specification.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/daemon_options.h"
#include "config/scopes.h"

namespace wsgi::config {

// Where a directive may appear (directives.md, section 0).
enum class Context : std::uint8_t {
  global,     // G: base server only
  server,     // S: base server and virtual hosts
  directory,  // D: also sections, not .htaccess
  file_info,  // F: everywhere
  auth,       // A: sections and .htaccess
};
char context_letter(Context context);

enum class Args : std::uint8_t {
  flag,     // On | Off
  one,      // one word
  any,      // any number of words, none included
  some,     // at least one word
  raw,      // parsed by the row's own function
  section,  // <Directive …>
};

// What a directive may write to. The pointers that its context does not have are null.
struct Scopes {
  DirSettings* dir = nullptr;
  ServerSettings* server = nullptr;
  InterpreterOptions* container = nullptr;  // inside <WSGIInterpreterOptions>
  std::vector<Notice>* notices = nullptr;   // null: in .htaccess, at request time
  Memory memory = nullptr;                  // of the configuration; outlives the settings
  Place place;
};

struct Directive;

// One use of a directive.
struct Call {
  const Directive& directive;
  Scopes& to;
  std::string_view text;           // all arguments, as written
  std::vector<std::string> words;  // unless raw or section
};

struct Directive {
  std::string_view name;
  Args args;
  Context context;
  bool in_container;  // allowed in <WSGIInterpreterOptions>
  Status (*apply)(Call&);
  std::string_view syntax;    // of the arguments
  std::string_view fallback;  // the default, as shown
  std::string_view help;
  Effect effect = Effect::now;
  std::string_view remark = {};  // for Effect::none and deprecated: why, or what instead
};

std::span<const Directive> directive_table();
const Directive* find_directive(std::string_view name);  // case-insensitive, as httpd

// Parses the arguments and stores the value. Messages have the form of errors.md, section 1.
Status apply(const Directive& directive, std::string_view arguments, Scopes& to);

// Opens <WSGIInterpreterOptions arguments>, "…" without the '>'.
Result<InterpreterOptions> parse_selectors(std::string_view arguments);
// `name` is not one of the directives that may stand in that section.
Fail wrong_child(std::string_view name);

}  // namespace wsgi::config
