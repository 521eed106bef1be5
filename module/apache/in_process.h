// SPDX-License-Identifier: Apache-2.0
// A request in embedded mode: the engine call on the thread of the request, through the C table.
#pragma once

#include "apache/embedded_runtime.h"
#include "base/exchange.h"

namespace wsgi::apache {

// The handler's result: OK, or a status for Apache's error document processing.
int run_embedded(request_rec* r, const EmbeddedRuntime& runtime, const RequestHead& head);

}  // namespace wsgi::apache
