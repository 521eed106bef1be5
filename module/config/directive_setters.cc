// SPDX-License-Identifier: Apache-2.0
// Directives about scripts, groups and requests. (directives.md, sections 3, 4, 5, 8, 9)
#include <array>

#include "config/addresses.h"
#include "config/group_name.h"
#include "config/setters.h"

namespace wsgi::config {
namespace {

constexpr unsigned kAliasOptions =
    kOptProcessGroup | kOptApplicationGroup | kOptCallableObject | kOptPassAuthorization;

Fail missing(const Call& call, std::string_view what) {
  return wrong(
      ErrorId::cfg_arguments, about(call), std::string(what) + " is missing",
      "write " + std::string(call.directive.name) + " " + std::string(call.directive.syntax));
}

// Takes `what` off the text; empty counts as missing.
Result<std::string> take_word(const Call& call, std::string_view& text, std::string_view what) {
  auto word = next_word(text);
  if (!word || word->empty()) return missing(call, what);
  return std::move(*word);
}

Status add_alias_of(Call& call, bool expression) {
  std::string_view text = call.text;
  WSGI_ASSIGN(std::string url, take_word(call, text, "the URL path"));
  WSGI_ASSIGN(std::string target, take_word(call, text, "the script path"));
  // $1 may begin with the slash.
  bool substituted = expression && target[0] == '$';
  if (!substituted) WSGI_TRY(take_absolute(call, target));
  ScriptAlias alias;
  WSGI_ASSIGN(alias.options,
              parse_script_options(call.directive.name, text, kAliasOptions, 0, call.to.memory));
  alias.url = keep(call.to.memory, url);
  alias.target = keep(call.to.memory, target);
  alias.expression = expression;
  alias.place = call.to.place;
  call.to.server->aliases.push_back(alias);
  if (auto preload = preload_of(alias)) call.to.server->imports.push_back(*preload);
  return ok();
}

}  // namespace

Fail bad_switch(const Call& call, std::string_view words) {
  std::string text(call.directive.name);
  text.append(" must be one of: ").append(words).append("; not ").append(quote(call.words[0]));
  return {ErrorId::cfg_onoff, std::move(text)};
}

Result<bool> take_switch(const Call& call) {
  if (auto on = parse_switch(call.words[0])) return *on;
  return bad_switch(call, "Off | On");
}

Result<std::string> take_name(const Call& call) {
  if (!call.words[0].empty()) return call.words[0];
  return wrong(ErrorId::cfg_option_empty, about(call), "empty value", "give a name");
}

Result<std::string> take_absolute(const Call& call, std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  return wrong(ErrorId::cfg_path_relative, about(call), "relative path " + quote(path),
               "must begin with '/'");
}

Result<HookScript> take_hook_script(const Call& call) {
  std::string_view text = call.text;
  WSGI_ASSIGN(std::string path, take_word(call, text, "the script path"));
  WSGI_TRY(take_absolute(call, path));
  WSGI_ASSIGN(auto options, parse_script_options(call.directive.name, text, kOptApplicationGroup, 0,
                                                 call.to.memory));
  return HookScript{keep(call.to.memory, path), options.application_group};
}

Status add_alias(Call& call) { return add_alias_of(call, false); }
Status add_alias_match(Call& call) { return add_alias_of(call, true); }

Status add_handler_script(Call& call) {
  std::string_view text = call.text;
  WSGI_ASSIGN(std::string name, take_word(call, text, "the name of the handler"));
  WSGI_ASSIGN(std::string path, take_word(call, text, "the script path"));
  WSGI_TRY(take_absolute(call, path));
  std::array<HandlerScript, 1> script;
  WSGI_ASSIGN(script[0].options,
              parse_script_options(call.directive.name, text,
                                   kOptProcessGroup | kOptApplicationGroup | kOptPassAuthorization,
                                   0, call.to.memory));
  script[0].name = keep(call.to.memory, name);
  script[0].path = keep(call.to.memory, path);
  // The later of two with one name applies, so it goes first.
  auto& scripts = call.to.dir->handler_scripts;
  scripts = joined<HandlerScript>(script, scripts, call.to.memory);
  return ok();
}

Status add_import_script(Call& call) {
  std::string_view text = call.text;
  WSGI_ASSIGN(std::string path, take_word(call, text, "the script path"));
  WSGI_TRY(take_absolute(call, path));
  constexpr unsigned kBoth = kOptProcessGroup | kOptApplicationGroup;
  WSGI_ASSIGN(auto options,
              parse_script_options(call.directive.name, text, kBoth, kBoth, call.to.memory));
  call.to.server->imports.push_back({keep(call.to.memory, path),
                                     without_global(*options.process_group),
                                     without_global(*options.application_group), call.to.place});
  return ok();
}

Status add_daemon_process(Call& call) {
  WSGI_ASSIGN(auto options, parse_daemon_process(call.text));
  for (const DaemonOption* option : options_given(call.text)) {
    if (!call.to.notices || option->effect == Effect::now) continue;
    std::string what = std::string(call.directive.name) + " option " + quote(option->name);
    std::string remark(option->remark);
    if (option->effect == Effect::none) {
      call.to.notices->push_back({ErrorId::cfg_no_effect_info, what + " has no effect: " + remark});
    } else {
      call.to.notices->push_back({ErrorId::cfg_deprecated, what + " is deprecated: " + remark});
    }
  }
  call.to.server->daemons.push_back({std::move(options), call.to.place});
  return ok();
}

Status set_restrict_process(Call& call) {
  for (auto& word : call.words) word = without_global(word);
  call.to.dir->restrict_process = keep(call.to.memory, call.words);
  return ok();
}

Status set_head_mapping(Call& call) {
  auto on = parse_switch(call.words[0]);
  if (!on && !same_word(call.words[0], "auto")) return bad_switch(call, "Off | On | Auto");
  call.to.dir->map_head_to_get = !on   ? HeadMapping::automatic
                                 : *on ? HeadMapping::on
                                       : HeadMapping::off;
  return ok();
}

Status add_proxy_headers(Call& call) {
  std::vector<std::string> names;
  for (const auto& word : call.words) {
    auto name = environ_name(word);
    if (!name) {
      return wrong(ErrorId::cfg_proxy_header, about(call), quote(word) + " is not a header name",
                   "may have letters, digits and '-' only");
    }
    names.push_back(std::move(*name));
  }
  auto& headers = call.to.dir->trusted_proxy_headers;
  headers = joined<std::string_view>(headers.value_or(std::span<const std::string_view>()),
                                     keep(call.to.memory, names), call.to.memory);
  return ok();
}

Status add_proxies(Call& call) {
  std::vector<Subnet> subnets;
  for (const auto& word : call.words) {
    auto subnet = parse_subnet(word);
    if (!subnet) {
      return wrong(ErrorId::cfg_proxy_address, about(call),
                   quote(word) + " is not an address or subnet",
                   "must be an IPv4 or IPv6 literal, perhaps with a prefix length or IPv4 mask");
    }
    subnets.push_back(*subnet);
  }
  auto& proxies = call.to.dir->trusted_proxies;
  proxies = joined<Subnet>(proxies.value_or(std::span<const Subnet>()), subnets, call.to.memory);
  return ok();
}

Status set_mutex(Call& call) {
  for (std::string_view method : {"default", "flock", "fcntl", "sysvsem", "posixsem", "pthread"}) {
    if (!same_word(call.words[0], method)) continue;
    call.to.server->global.accept_mutex = method;
    return ok();
  }
  return wrong(ErrorId::cfg_mutex, about(call), "bad value " + quote(call.words[0]),
               "must be one of: default | flock | fcntl | sysvsem | posixsem | pthread");
}

}  // namespace wsgi::config
