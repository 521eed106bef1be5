// SPDX-License-Identifier: Apache-2.0
// pthread_atfork takes no argument, so what the child loses is reached through a static. The
// numbers stay taken: log lines of the child are still sent to them, and must not arrive in
// whatever it opens next. They fail instead, and go where its standard error goes.
#include "daemon/fork_guard.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>

#include "daemon/signals.h"
#include "transport/boot.h"

namespace wsgi::daemon {
namespace {

std::atomic<Connections*> guarded{nullptr};
std::atomic<int> guarded_epoll{-1};

extern "C" void in_child() {
  const int blank = ::eventfd(0, EFD_CLOEXEC);
  const auto take_away = [blank](int fd) {
    if (fd >= 0 && ::dup3(blank, fd, O_CLOEXEC) < 0) ::close(fd);
  };
  if (Connections* connections = guarded) {
    connections->each_copy(take_away);
    take_away(guarded_epoll);
  }
  take_away(transport::kControlFd);
  take_away(transport::kReceivingFd);
  if (blank >= 0) ::close(blank);
  Signals::forget();
}

}  // namespace

void guard_forks() { ::pthread_atfork(nullptr, nullptr, in_child); }

void guard_connections(Connections* connections, int epoll) {
  guarded_epoll = epoll;
  guarded = connections;
}

}  // namespace wsgi::daemon
