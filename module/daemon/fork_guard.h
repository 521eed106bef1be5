// SPDX-License-Identifier: Apache-2.0
// Processes that an application forks without exec get nothing of the daemon's: a copy of a
// connection or of the control socket would hide our death from Apache. Source: daemon-ipc.md, 9.
#pragma once

#include "daemon/connections.h"

namespace wsgi::daemon {

// Main thread, once, before anything of the application runs.
void guard_forks();
// Connections and epoll set stay valid until they are taken back with nullptr.
void guard_connections(Connections* connections, int epoll);

}  // namespace wsgi::daemon
