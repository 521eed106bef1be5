// SPDX-License-Identifier: Apache-2.0
#include "apache/access.h"

#include <string>

#include "apache/hook_call.h"
#include "apache/log_sink.h"

namespace wsgi::apache {

int check_access(request_rec* r) {
  const auto& script = dir_config(r).access_script;
  if (!script) return DECLINED;
  const char* host = ap_get_useragent_host(r, REMOTE_HOST, nullptr);
  if (host == nullptr) host = r->useragent_ip;
  switch (call_hook(r, HookKind::access, *script, hook_variables(r), {host},
                    [](std::uint8_t, std::string_view) {})) {
    case HookAnswer::yes:
      return OK;
    case HookAnswer::no_opinion:
      return DECLINED;
    case HookAnswer::no:
      // A password may still let the client in. (ap_some_authn_required would run this hook again.)
      if (ap_satisfies(r) != SATISFY_ANY || !ap_some_auth_required(r)) {
        RequestLog(r).message(ErrorId::access_denied, "Client denied by server configuration: '" +
                                                          std::string(script->path) +
                                                          "' returned False");
      }
      return HTTP_FORBIDDEN;
    default:
      return HTTP_FORBIDDEN;
  }
}

}  // namespace wsgi::apache
