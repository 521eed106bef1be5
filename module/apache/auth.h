// SPDX-License-Identifier: Apache-2.0
// The providers behind `AuthBasicProvider wsgi`, `AuthDigestProvider wsgi`, `AuthFormProvider wsgi`
// (WSGIAuthUserScript) and `Require wsgi-group` (WSGIAuthGroupScript). They run on the thread of
// the request and fail closed. Source: runtime.md, section 9.4.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

void register_auth_providers(apr_pool_t* p);

}  // namespace wsgi::apache
