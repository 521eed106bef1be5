// SPDX-License-Identifier: Apache-2.0
// A request in daemon mode: the pump between the client and a daemon, both directions at once.
#pragma once

#include "apache/daemon_clients.h"
#include "apache/httpd_api.h"
#include "base/exchange.h"

namespace wsgi::apache {

// The handler's result: OK, or a status for Apache's error document processing. Blocks for as long
// as the request takes; every read and write is bounded by socket-timeout.
int run_remote(request_rec* r, const DaemonClient& group, const RequestHead& head);

}  // namespace wsgi::apache
