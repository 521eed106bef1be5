// SPDX-License-Identifier: Apache-2.0
#include "apache/dispatch.h"

#include "apache/head_builder.h"
#include "apache/hook_call.h"
#include "apache/pool.h"

namespace wsgi::apache {

int dispatch(request_rec* r, Target& target) {
  const auto& script = dir_config(r).dispatch_script;
  if (!script) return OK;
  // The script sees itself: embedded, in its own interpreter.
  Target own = target;
  own.process_group = "";
  own.application_group = expand_hook_group(r, script->application_group);
  RequestHead head = build_head(r, own);
  auto route = [&](std::uint8_t which, std::string_view text) {
    std::string_view name(pool_text(r->pool, text), text.size());
    switch (static_cast<Route>(which)) {
      case Route::process_group:
        target.process_group = expand_group(r, name);
        break;
      case Route::application_group:
        target.application_group = expand_group(r, name);
        break;
      case Route::callable:
        // A handler script has one entry only.
        if (target.kind == HandlerKind::script) target.callable = expand_callable(r, name);
        break;
    }
  };
  auto answer = call_hook(r, HookKind::dispatch, *script, head.variables, {}, route);
  return answer == HookAnswer::failed ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

}  // namespace wsgi::apache
