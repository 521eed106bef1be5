// SPDX-License-Identifier: Apache-2.0
// Puts what the application is told into the request's environment table, where later phases see
// it: LogFormat, Header, and as REDIRECT_… what an internal redirect leads to. On the thread of the
// request; keys and values are shared, not copied. Source: runtime.md, section 3.1.
#pragma once

#include <span>

#include "apache/target.h"
#include "base/exchange.h"

namespace wsgi::apache {

// Generates the request's log id if httpd has not yet.
void publish(request_rec* r, const Target& target, std::span<const EnvVar> variables);

}  // namespace wsgi::apache
