// SPDX-License-Identifier: Apache-2.0
// Orders: directives.md, section 1.
#include "apache/hooks.h"

#include "apache/access.h"
#include "apache/auth.h"
#include "apache/boundary.h"
#include "apache/handler.h"
#include "apache/lifecycle.h"
#include "apache/map.h"

namespace wsgi::apache {

void register_hooks(apr_pool_t* p) {
  // Alias of mod_alias always beats WSGIScriptAlias /, whatever the order in the file.
  static const char* const kBeforeTranslate[] = {"mod_alias.c", nullptr};
  static const char* const kAfterTranslate[] = {"mod_userdir.c", "mod_vhost_alias.c", nullptr};

  ap_hook_check_config(c_hook<&check_config, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                       APR_HOOK_MIDDLE);
  // Last, so that helpers which other modules fork do not hold our descriptors.
  ap_hook_post_config(c_hook<&post_config, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                      APR_HOOK_REALLY_LAST);
  ap_hook_pre_mpm(c_hook<&pre_mpm, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_REALLY_LAST);
  ap_hook_monitor(c_hook<&monitor, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_init(c_hook<&child_init>, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_translate_name(c_hook<&translate_name, HTTP_INTERNAL_SERVER_ERROR>, kBeforeTranslate,
                         kAfterTranslate, APR_HOOK_MIDDLE);
  static const char* const kBeforeAccess[] = {"mod_ssl.c", nullptr};
  static const char* const kAfterAccess[] = {"mod_authz_host.c", nullptr};
  ap_hook_access_checker(c_hook<&check_access, HTTP_INTERNAL_SERVER_ERROR>, kBeforeAccess,
                         kAfterAccess, APR_HOOK_MIDDLE);
  register_auth_providers(p);
  ap_hook_handler(c_hook<&handle_request, HTTP_INTERNAL_SERVER_ERROR>, nullptr, nullptr,
                  APR_HOOK_MIDDLE);
}

}  // namespace wsgi::apache
