// SPDX-License-Identifier: Apache-2.0
// The handler only writes a byte. The two statics are what a C signal handler can reach.
#include "daemon/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace wsgi::daemon {
namespace {

std::atomic<int> pipe_end{-1};
std::atomic<bool> serving{false};
std::atomic<pid_t> owner{0};

constexpr int kHandled[] = {SIGTERM, SIGINT, SIGUSR1, SIGXCPU, SIGHUP, SIGUSR2};

extern "C" void on_signal(int number) {
  if (::getpid() != owner.load()) {
    // A child that the application has just forked, before forget(): the pipe is the daemon's.
    ::signal(number, SIG_DFL);
    ::raise(number);
    return;
  }
  const int saved = errno;
  if (!serving.load() && (number == SIGTERM || number == SIGINT)) ::_exit(0);
  const auto byte = static_cast<unsigned char>(number);
  // A full pipe holds wake-ups enough.
  if (::write(pipe_end.load(), &byte, 1) < 0) errno = saved;
  errno = saved;
}

}  // namespace

Result<Signals> Signals::install() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return Fail{ErrorId::daemon_start_failed, "the signal pipe cannot be made", errno};
  }
  Signals signals;
  signals.read_.reset(ends[0]);
  signals.write_.reset(ends[1]);
  pipe_end = ends[1];
  owner = ::getpid();
  signals.reinstall();
  return signals;
}

void Signals::reinstall(bool keep_term) const {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (int number : kHandled) {
    if (number != SIGTERM || !keep_term) ::sigaction(number, &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

void Signals::ready() const { serving = true; }

std::optional<int> Signals::next() const {
  unsigned char byte;
  const ssize_t got = ::read(read_.get(), &byte, 1);
  if (got == 1) return byte;
  return std::nullopt;
}

void Signals::wake() {
  const unsigned char byte = 0;
  if (::write(pipe_end.load(), &byte, 1) < 0) return;  // full: it will wake
}

void Signals::forget() {
  struct sigaction now {};
  for (int number : kHandled) {
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == on_signal) {
      ::signal(number, SIG_DFL);
    }
  }
}

}  // namespace wsgi::daemon
