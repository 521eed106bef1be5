// SPDX-License-Identifier: Apache-2.0
// request_rec to RequestHead: the CGI-like variables of runtime.md, section 3, with their
// precedence. All memory is r->pool. They are also published (apache/publish.h).
#pragma once

#include "apache/httpd_api.h"
#include "apache/target.h"
#include "base/exchange.h"

namespace wsgi::apache {

// Never fails; called once per request, after Target was resolved.
RequestHead build_head(request_rec* r, const Target& target);

}  // namespace wsgi::apache
