// SPDX-License-Identifier: Apache-2.0
// Registration of all hooks of the module, with their order.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

// Called by httpd once per reading of the configuration; pool is the configuration pool.
void register_hooks(apr_pool_t* pool);

}  // namespace wsgi::apache
