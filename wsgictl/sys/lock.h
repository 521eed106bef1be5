// SPDX-License-Identifier: Apache-2.0
// One lock file for everything that changes a host: flock(2), with who holds it written inside. The
// file stays for ever; removing a lock file lets two holders in. Released when the object goes, or
// by the kernel when the process does.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/fd.h"
#include "sys/clock.h"
#include "sys/files.h"

namespace wsgictl::sys {

struct LockHolder {
  long pid = 0;
  std::string user, command, since;
};

class Lock {
 public:
  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = default;

  // Waits up to TIMEOUT for the lock at PATH, whose folder exists. Nothing if it is still held
  // then; OTHER says by whom, as far as it could be read.
  static Result<std::optional<Lock>> take(const std::string& path, const LockHolder& self,
                                          std::chrono::milliseconds timeout, Clock& clock,
                                          LockHolder& other);

 private:
  explicit Lock(wsgi::Fd fd) : fd_(std::move(fd)) {}
  wsgi::Fd fd_;
};

// Who runs this: pid, account name, COMMAND, now.
LockHolder this_process(std::string command, Clock& clock);

}  // namespace wsgictl::sys
