// SPDX-License-Identifier: Apache-2.0
// wsgi-daemon-pyX.Y: one process of a group, started by the supervisor only. Everything it is told
// comes through descriptors 3 to 6.
#include <fcntl.h>

#include <cstdio>

#include "daemon/start.h"
#include "transport/boot.h"

int main() {
  if (::fcntl(wsgi::transport::kBootFd, F_GETFD) < 0) {
    std::fputs("This program is started by mod_wsgi; there is nothing to run by hand.\n", stderr);
    return 2;
  }
  return wsgi::daemon::run_daemon();
}
