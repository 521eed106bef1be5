// SPDX-License-Identifier: Apache-2.0
// Access control by script. This version does not run access scripts yet, and therefore refuses
// every request, static files too, to which one applies: a decision must fail closed.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

// httpd's access_checker hook.
int check_access(request_rec* r);

}  // namespace wsgi::apache
