// SPDX-License-Identifier: Apache-2.0
// URL to script file, in httpd's translation phase (directives.md, 3.1 and 3.2).
#pragma once

#include "apache/httpd_api.h"
#include "apache/server_config.h"

namespace wsgi::apache {

int translate_name(request_rec* r);
// The alias that mapped this request, or the one whose place it was given; or null.
const ScriptAlias* alias_of(request_rec* r);

}  // namespace wsgi::apache
