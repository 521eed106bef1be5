// SPDX-License-Identifier: Apache-2.0
#include "apache/auth.h"

#include <string>

#include "apache/boundary.h"
#include "apache/hook_call.h"
#include "apache/log_sink.h"
#include "apache/pool.h"

namespace wsgi::apache {
namespace {

bool has_script(request_rec* r, const config::Setting<config::HookScript>& script,
                const char* directive) {
  if (script) return true;
  RequestLog(r).message(ErrorId::hook_missing,
                        std::string("no script decides here; set ") + directive);
  return false;
}

authn_status check_password(request_rec* r, const char* user, const char* password) {
  const auto& script = dir_config(r).auth_user_script;
  if (!has_script(r, script, "WSGIAuthUserScript")) return AUTH_GENERAL_ERROR;
  const char* name = nullptr;
  auto keep = [&](std::uint8_t, std::string_view text) { name = pool_text(r->pool, text); };
  switch (call_hook(r, HookKind::password, *script, hook_variables(r), {user, password}, keep)) {
    case HookAnswer::yes:
      return AUTH_GRANTED;
    case HookAnswer::text:
      r->user = const_cast<char*>(name);
      return AUTH_GRANTED;
    case HookAnswer::no:
      return AUTH_DENIED;
    case HookAnswer::no_opinion:
      return AUTH_USER_NOT_FOUND;
    default:
      return AUTH_GENERAL_ERROR;
  }
}

authn_status get_realm_hash(request_rec* r, const char* user, const char* realm, char** hash) {
  const auto& script = dir_config(r).auth_user_script;
  if (!has_script(r, script, "WSGIAuthUserScript")) return AUTH_GENERAL_ERROR;
  auto keep = [&](std::uint8_t, std::string_view text) {
    *hash = const_cast<char*>(pool_text(r->pool, text));
  };
  switch (call_hook(r, HookKind::realm_hash, *script, hook_variables(r), {user, realm}, keep)) {
    case HookAnswer::text:
      return AUTH_USER_FOUND;
    case HookAnswer::no_opinion:
      return AUTH_USER_NOT_FOUND;
    default:
      return AUTH_GENERAL_ERROR;
  }
}

bool is_required(request_rec* r, const char* required, const std::string& group) {
  while (*required != '\0') {
    if (strcasecmp(ap_getword_conf(r->pool, &required), group.c_str()) == 0) return true;
  }
  return false;
}

authz_status check_groups(request_rec* r, const char* required, const void*) {
  if (r->user == nullptr) return AUTHZ_DENIED_NO_USER;
  const auto& script = dir_config(r).auth_group_script;
  if (!has_script(r, script, "WSGIAuthGroupScript")) return AUTHZ_DENIED;
  bool any = false, member = false;
  auto compare = [&](std::uint8_t, std::string_view group) {
    any = true;
    member = member || is_required(r, required, std::string(group));
  };
  auto answer = call_hook(r, HookKind::groups, *script, hook_variables(r), {r->user}, compare);
  if (answer != HookAnswer::text) return AUTHZ_DENIED;
  if (member) return AUTHZ_GRANTED;
  const char* user = ap_escape_logitem(r->pool, r->user);
  const char* uri = ap_escape_logitem(r->pool, r->uri);
  RequestLog(r).message(ErrorId::groups_nomatch,
                        "the user '" + std::string(user).substr(0, 256) +
                            (any ? "' is in none of the required groups" : "' is in no group") +
                            ": " + std::string(uri).substr(0, 256));
  return AUTHZ_DENIED;
}

}  // namespace

void register_auth_providers(apr_pool_t* p) {
  static const authn_provider kUsers = {c_hook<&check_password, AUTH_GENERAL_ERROR>,
                                        c_hook<&get_realm_hash, AUTH_GENERAL_ERROR>};
  static const authz_provider kGroups = {c_hook<&check_groups, AUTHZ_GENERAL_ERROR>, nullptr};
  ap_register_auth_provider(p, AUTHN_PROVIDER_GROUP, "wsgi", AUTHN_PROVIDER_VERSION, &kUsers,
                            AP_AUTH_INTERNAL_PER_CONF);
  ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "wsgi-group", AUTHZ_PROVIDER_VERSION, &kGroups,
                            AP_AUTH_INTERNAL_PER_CONF);
}

}  // namespace wsgi::apache
