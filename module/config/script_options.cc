// SPDX-License-Identifier: Apache-2.0
#include "config/script_options.h"

#include "config/group_name.h"

namespace wsgi::config {
namespace {

constexpr ScriptOptionInfo kTable[] = {
    {kOptProcessGroup, "process-group",
     "daemon group that runs the script; %{…} as WSGIProcessGroup"},
    {kOptApplicationGroup, "application-group", "interpreter; %{…} as WSGIApplicationGroup"},
    {kOptCallableObject, "callable-object", "name of the callable in the script, not expanded"},
    {kOptPassAuthorization, "pass-authorization", "On|Off, instead of WSGIPassAuthorization"},
};

Status set(ScriptOptions& options, const ScriptOptionInfo& info, const Subject& subject,
           std::string_view value, Memory memory) {
  if (value.empty()) return wrong(ErrorId::cfg_option_empty, subject, "empty value", "give a name");
  switch (info.bit) {
    case kOptProcessGroup:
      options.process_group = keep(memory, value);
      break;
    case kOptApplicationGroup:
      options.application_group = keep(memory, value);
      break;
    case kOptCallableObject:
      options.callable_object = keep(memory, value);
      break;
    case kOptPassAuthorization:
      options.pass_authorization = parse_switch(value);
      if (!options.pass_authorization) {
        return wrong(ErrorId::cfg_onoff, subject, "bad value " + quote(value),
                     "must be one of: Off | On");
      }
  }
  return ok();
}

// May the name be known before any request? `%{GLOBAL}` is "".
bool is_fixed(std::string_view group) { return group.find("%{") == std::string_view::npos; }

}  // namespace

std::span<const ScriptOptionInfo> script_option_table() { return kTable; }

Setting<Preload> preload_of(const ScriptAlias& alias) {
  if (!alias.options.process_group || !alias.options.application_group) return std::nullopt;
  auto process_group = without_global(*alias.options.process_group);
  auto application_group = without_global(*alias.options.application_group);
  bool computed = alias.expression && alias.target.find('$') != std::string_view::npos;
  if (computed || !is_fixed(process_group) || !is_fixed(application_group)) return std::nullopt;
  return Preload{alias.target, process_group, application_group, alias.place};
}

Result<ScriptOptions> parse_script_options(std::string_view directive, std::string_view text,
                                           unsigned allowed, unsigned required, Memory memory) {
  std::vector<std::string_view> names;
  for (const auto& info : kTable) {
    if (allowed & info.bit) names.push_back(info.name);
  }
  ScriptOptions options;
  unsigned seen = 0;
  while (true) {
    WSGI_ASSIGN(auto option, next_option({directive, {}, {}}, text));
    if (!option) break;
    const ScriptOptionInfo* found = nullptr;
    for (const auto& info : kTable) {
      if ((allowed & info.bit) && info.name == option->name) found = &info;
    }
    if (!found) return unknown_option({directive, {}, {}}, option->name, names);
    WSGI_TRY(set(options, *found, {directive, {}, option->name}, option->value, memory));
    seen |= found->bit;
  }
  for (const auto& info : kTable) {
    if (required & ~seen & info.bit) {
      return wrong(ErrorId::cfg_arguments, {directive, {}, info.name}, "missing",
                   "this option must be given");
    }
  }
  return options;
}

}  // namespace wsgi::config
