// SPDX-License-Identifier: Apache-2.0
// request_rec to RequestHead: the CGI-like variables of runtime.md, section 3, with their
// precedence. All memory is r->pool. The CGI keys are also stored in r->subprocess_env, where later
// phases (LogFormat %{SCRIPT_NAME}e, Header) look for them.
#pragma once

#include "apache/httpd_api.h"
#include "apache/target.h"
#include "base/exchange.h"

namespace wsgi::apache {

// Never fails; called once per request, after Target was resolved.
RequestHead build_head(request_rec* r, const Target& target);

}  // namespace wsgi::apache
