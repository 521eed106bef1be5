// SPDX-License-Identifier: Apache-2.0
// One call of an access, authentication, group or dispatch script: plain data and one interface,
// shared by the glue in an Apache child and the engine. Views point into the request's pool and die
// with the call. The host is called attached to Python, so its methods must not block on Python.
// Source: runtime.md, sections 9.2 and 9.4.
#pragma once

#include "base/exchange.h"

namespace wsgi {

enum class HookKind : std::uint8_t { access, password, realm_hash, groups, dispatch };

// What the functions of the script said. `failed` is the answer to everything that goes wrong, and
// has been logged; text, groups and routes have been handed to HookHost::answer.
enum class HookAnswer : std::uint8_t { failed, no_opinion, yes, no, text };

// `which` of a dispatch script's answers.
enum class Route : std::uint8_t { process_group, application_group, callable };

struct HookCall {
  HookKind kind = HookKind::access;
  bool reloading = true;  // WSGIScriptReloading On
  std::string_view script;
  std::string_view application_group;
  std::span<const EnvVar> variables;
  std::span<const std::string_view> arguments;  // those after environ; raw bytes (latin-1)
  void* request = nullptr;                      // environ['apache.request_rec']; null: absent
};

struct HookHost {
  // A user name, a hash, one group of several, or the value of one Route. Valid for the call only.
  virtual void answer(std::uint8_t which, std::string_view text) = 0;
  virtual bool is_https() const = 0;
  // mod_ssl's variable of that name (NUL-terminated); null: none.
  virtual const char* ssl_variable(const char* name) const = 0;
  virtual ~HookHost() = default;
};

}  // namespace wsgi
