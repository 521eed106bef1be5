// SPDX-License-Identifier: Apache-2.0
// WSGIDispatchScript: a script in this child chooses process group, interpreter and callable of a
// request, also of one that a daemon serves. Source: runtime.md, section 9.2.
#pragma once

#include "apache/target.h"

namespace wsgi::apache {

// OK with `target` changed, or 500: a routing decision that fails must not fall back.
int dispatch(request_rec* r, Target& target);

}  // namespace wsgi::apache
