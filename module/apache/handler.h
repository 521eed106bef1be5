// SPDX-License-Identifier: Apache-2.0
// The content handler: target, head, then a daemon or the embedded runtime.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

int handle_request(request_rec* r);

}  // namespace wsgi::apache
