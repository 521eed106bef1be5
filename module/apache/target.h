// SPDX-License-Identifier: Apache-2.0
// Which code serves a request: script, callable, process group, interpreter, and the switches that
// apply. Resolved once per request, from the mapping and the merged configuration; all memory is
// r->pool or the configuration's.
#pragma once

#include <optional>

#include "apache/httpd_api.h"
#include "apache/server_config.h"
#include "base/exchange.h"

namespace wsgi::apache {

struct Target {
  const char* script = nullptr;
  const char* callable = "application";
  const char* process_group = "";      // "" embedded
  const char* application_group = "";  // "" main interpreter
  const char* handler_script = "";
  const char* script_name = "";
  const char* path_info = "";
  const char* method = "";  // as the application sees it (HEAD may be mapped)
  std::string_view root;    // root directory of the daemon that serves it; "" the same
  bool pass_authorization = false;
  std::optional<std::uint64_t> content_length;
  std::uint32_t flags = 0;  // RequestFlag
  HandlerKind kind = HandlerKind::script;
};

// Steps 1 to 7 of runtime.md, section 1: OK, DECLINED, or the status of the first failing step
// (logged here).
int resolve_target(request_rec* r, Target& target);

// Names with their substitutions (directives.md, section 2), as a dispatch script or the options of
// a hook script give them. The result is `name` itself, NUL-terminated like it, or pool memory.
const char* expand_group(request_rec* r, std::string_view name);
const char* expand_callable(request_rec* r, std::string_view name);
// Unset: the main interpreter.
const char* expand_hook_group(request_rec* r, const config::Setting<std::string_view>& name);

}  // namespace wsgi::apache
