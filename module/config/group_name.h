// SPDX-License-Identifier: Apache-2.0
// Names of process groups, interpreters and callables from values with %{…}: pure functions over a
// few facts of the request. A value that is not one whole substitution is a name as it stands.
// Results are NUL-terminated if value and environment are; composed ones live in `memory`.
// Source: directives.md of the specification, section 2.
#pragma once

#include <optional>
#include <string_view>

#include "config/values.h"

namespace wsgi::config {

struct RequestFacts {
  std::string_view server_name;  // ServerName of the virtual host that serves the request
  unsigned port = 0;             // shown unless 80 or 443
  std::string_view host;         // as Apache normalised it; "" if the request named none
  std::string_view script_name;  // see script_name_of
};

// Where %{ENV:name} looks: note, then request environment, then process environment.
class Environment {
 public:
  virtual std::optional<std::string_view> find(std::string_view name) const = 0;

 protected:
  ~Environment() = default;
};

// Process and application groups. "" = embedded or main interpreter.
std::string_view expand_group(std::string_view value, const RequestFacts& facts,
                              const Environment& environment, Memory memory);
// Application groups of access, authentication and dispatch scripts: GLOBAL, SERVER, HOST only.
std::string_view expand_hook_group(std::string_view value, const RequestFacts& facts,
                                   Memory memory);
// WSGICallableObject: %{ENV:name} only; anything else that begins with '%' is "application".
std::string_view expand_callable(std::string_view value, const Environment& environment);
// `%{GLOBAL}` as "", anything else as it is.
std::string_view without_global(std::string_view value);

// How many bytes of `path` come before its trailing path information. They are compared from the
// end, any run of slashes as one slash. If not all of it is there (an alias to script/more), what
// both end in from a slash on is left out; if that is nothing: the whole path.
std::size_t script_length(std::string_view path, std::string_view path_info);
// The script name of %{RESOURCE}: runs of slashes collapsed, lower-cased if not case-sensitive.
std::string_view script_name_of(std::string_view path, std::string_view path_info,
                                bool case_sensitive, Memory memory);

// WSGIRestrictProcess: may this (expanded) process group be used? Compared without regard to case.
bool permits(std::span<const std::string_view> restrict_process, std::string_view group);

}  // namespace wsgi::config
