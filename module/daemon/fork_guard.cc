// SPDX-License-Identifier: Apache-2.0
// pthread_atfork takes no argument, so what the child closes is reached through a static.
#include "daemon/fork_guard.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>

#include "daemon/signals.h"
#include "transport/boot.h"

namespace wsgi::daemon {
namespace {

std::atomic<Connections*> guarded{nullptr};
std::atomic<int> guarded_epoll{-1};

extern "C" void in_child() {
  if (Connections* connections = guarded) {
    connections->close_copies();
    ::close(guarded_epoll);
  }
  ::close(transport::kControlFd);
  ::close(transport::kReceivingFd);
  Signals::forget();
}

}  // namespace

void guard_forks() { ::pthread_atfork(nullptr, nullptr, in_child); }

void guard_connections(Connections* connections, int epoll) {
  guarded_epoll = epoll;
  guarded = connections;
}

}  // namespace wsgi::daemon
