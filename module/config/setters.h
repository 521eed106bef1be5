// SPDX-License-Identifier: Apache-2.0
// What the rows of the directive table call: one small function for each kind of value. Pure; the
// scope a value belongs to follows from the class of the member. Internal to directives*.cc.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "config/directives.h"

namespace wsgi::config {

inline Subject about(const Call& call) { return {call.directive.name, {}, {}}; }
Fail bad_switch(const Call& call, std::string_view words);
Result<bool> take_switch(const Call& call);
Result<std::string> take_name(const Call& call);
Result<std::string> take_absolute(const Call& call, std::string_view path);
Result<double> take_interval(const Call& call);

// The object that holds a member: of the directory, of the base server, of its Python settings, or
// of the interpreter section around (else of the base).
template <typename C>
C& scope(Call& call) {
  if constexpr (std::is_same_v<C, DirSettings>) {
    return *call.to.dir;
  } else if constexpr (std::is_same_v<C, GlobalSettings>) {
    return call.to.server->global;
  } else if constexpr (std::is_same_v<C, PythonSettings>) {
    return call.to.server->global.python;
  } else {
    static_assert(std::is_same_v<C, InterpreterOptions>);
    return call.to.container ? *call.to.container : call.to.server->global.python.base;
  }
}

template <typename T>
struct MemberOf;
template <typename C, typename M>
struct MemberOf<M C::*> {
  using Class = C;
  using Type = M;
};
template <auto Member>
auto& member(Call& call) {
  return scope<typename MemberOf<decltype(Member)>::Class>(call).*Member;
}

template <auto Member>
Status set_flag(Call& call) {
  WSGI_ASSIGN(bool on, take_switch(call));
  member<Member>(call) = on;
  return ok();
}

// A name that may be neither missing nor empty.
template <auto Member>
Status set_name(Call& call) {
  WSGI_ASSIGN(std::string text, take_name(call));
  if constexpr (std::is_same_v<typename MemberOf<decltype(Member)>::Type, std::string>) {
    member<Member>(call) = std::move(text);
  } else {
    member<Member>(call) = keep(call.to.memory, text);
  }
  return ok();
}

// `path [application-group=N]`
Result<HookScript> take_hook_script(const Call& call);
template <auto Member>
Status set_hook_script(Call& call) {
  WSGI_ASSIGN(member<Member>(call), take_hook_script(call));
  return ok();
}

// One each, in directive_setters.cc (scripts and groups) and python_setters.cc.
Status add_alias(Call& call);
Status add_alias_match(Call& call);
Status add_handler_script(Call& call);
Status add_import_script(Call& call);
Status add_daemon_process(Call& call);
Status set_restrict_process(Call& call);
Status set_head_mapping(Call& call);
Status add_proxy_headers(Call& call);
Status add_proxies(Call& call);
Status set_mutex(Call& call);

Status set_python_path(Call& call);
Status set_optimize(Call& call);
Status add_warning(Call& call);
Status set_hash_seed(Call& call);
Status set_switch_interval(Call& call);
Status set_runtime(Call& call);
Status set_runtime_path(Call& call);
Status set_free_threading(Call& call);
Status open_interpreter_options(Call& call);

Status set_telemetry_service(Call& call);
Status set_slow_requests(Call& call);
Status set_telemetry_options(Call& call);

}  // namespace wsgi::config
