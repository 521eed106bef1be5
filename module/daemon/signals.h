// SPDX-License-Identifier: Apache-2.0
// Signals by handler and self-pipe: no mask is blocked, so that none leaks into processes which the
// application starts. The pipe also carries wake-ups of our own threads. One object in a process.
// Source: runtime.md, section 7.3.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace wsgi::daemon {

class Signals {
 public:
  // Handlers for TERM, INT, USR1, XCPU, HUP, USR2; PIPE is ignored. Until ready() TERM and INT end
  // the process at once.
  static Result<Signals> install();
  Signals(Signals&&) noexcept = default;
  Signals& operator=(Signals&&) noexcept = default;

  // Python may have put handlers of its own there meanwhile; the one for TERM may stay, for groups
  // without request threads.
  void reinstall(bool keep_term = false) const;
  void ready() const;
  int fd() const { return read_.get(); }
  // Next signal, or 0 for a wake-up; nullopt: nothing.
  std::optional<int> next() const;
  // Any thread.
  static void wake();
  // In a forked child: the daemon's signals are not its own.
  static void forget();

 private:
  Signals() = default;
  Fd read_, write_;
};

}  // namespace wsgi::daemon
