// SPDX-License-Identifier: Apache-2.0
// Scripts named by directives (aliases, handler, import, dispatch, access and auth scripts) and the
// table of the options that may follow them. Plain data; all text is NUL-terminated memory of the
// configuration (Memory of values.h), so these structs are copied freely and never freed.
// Source: directives.md of the specification, sections 3 and 9.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "config/merge.h"
#include "config/values.h"

namespace wsgi::config {

// Absent: not given on the script, the normal directive applies. Values are not expanded yet,
// except that `%{GLOBAL}` of import scripts is already "".
struct ScriptOptions {
  Setting<std::string_view> process_group, application_group, callable_object;
  Setting<bool> pass_authorization;
  bool operator==(const ScriptOptions&) const = default;
};

// Options a directive takes; also their order in messages and help.
enum ScriptOption : std::uint8_t {
  kOptProcessGroup = 1,
  kOptApplicationGroup = 2,
  kOptCallableObject = 4,
  kOptPassAuthorization = 8,
};

struct ScriptOptionInfo {
  ScriptOption bit;
  std::string_view name;
  std::string_view help;
};
std::span<const ScriptOptionInfo> script_option_table();

// WSGIScriptAlias and WSGIScriptAliasMatch.
struct ScriptAlias {
  std::string_view url;     // prefix, or the regular expression
  std::string_view target;  // absolute; with $0 to $9 if expression
  ScriptOptions options;
  bool expression = false;
  Place place;
};

// WSGIHandlerScript.
struct HandlerScript {
  std::string_view name, path;
  ScriptOptions options;
};

// WSGIDispatchScript, WSGIAccessScript, WSGIAuthUserScript, WSGIAuthGroupScript.
struct HookScript {
  std::string_view path;
  Setting<std::string_view> application_group;
};

// A script to load when a process of the group starts: WSGIImportScript, and aliases that name both
// groups. Groups are resolved: "" is embedded, or the main interpreter.
struct Preload {
  std::string_view script, process_group, application_group;
  Place place;
};

// The import that an alias implies, if any (directives.md, 3.1 "Preloading").
Setting<Preload> preload_of(const ScriptAlias& alias);

// Parses `name=value …`. `directive` is for messages; `allowed` are ScriptOption bits, `required`
// those that must be there.
Result<ScriptOptions> parse_script_options(std::string_view directive, std::string_view text,
                                           unsigned allowed, unsigned required, Memory memory);

}  // namespace wsgi::config
