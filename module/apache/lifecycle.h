// SPDX-License-Identifier: Apache-2.0
// The module in httpd's life: configuration read, generations made and retired, children entered.
// Parent's main thread, but for child_init, which runs once in each new child.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

// Also in a configuration test: everything that can be known to be wrong must be said here.
int check_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* main);
int post_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* main);
int pre_mpm(apr_pool_t* process_pool, ap_scoreboard_e type);
// The parent, about every ten seconds: what could not be forked is tried again.
int monitor(apr_pool_t* pconf, server_rec* main);
void child_init(apr_pool_t* pchild, server_rec* main);

}  // namespace wsgi::apache
