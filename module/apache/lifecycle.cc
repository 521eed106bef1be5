// SPDX-License-Identifier: Apache-2.0
#include "apache/lifecycle.h"

#include "apache/commands.h"
#include "apache/log_sink.h"
#include "apache/process.h"

namespace wsgi::apache {
namespace {

bool first_pass() { return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG; }

}  // namespace

int check_config(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main) {
  ServerLog log(nullptr);
  if (Status checked = check_configuration(main, log); !checked) {
    log.fail(checked.error());
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

int post_config(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec*) {
  if (first_pass()) return OK;
  process().learn();
  ap_add_version_component(pconf, "mod_wsgi/" WSGI_VERSION);
  return OK;
}

int pre_mpm(apr_pool_t*, ap_scoreboard_e) { return OK; }

void child_init(apr_pool_t*, server_rec*) { process().enter_child(); }

}  // namespace wsgi::apache
