// SPDX-License-Identifier: Apache-2.0
// WSGIAccessScript: allow_access(environ, host) decides about a request, for static files too.
// Everything but True, False and None refuses. Source: runtime.md, section 9.4.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

// httpd's access_checker hook.
int check_access(request_rec* r);

}  // namespace wsgi::apache
