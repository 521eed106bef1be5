// SPDX-License-Identifier: Apache-2.0
// A lock for work that detaches from Python while it waits for the network: keeps a second thread
// of the application out without holding the interpreter meanwhile. Called attached, and attached
// again when the lock is held.
#pragma once

#include <mutex>

#include "python/attach.h"

namespace wsgi::engine {

class Turn {
 public:
  explicit Turn(std::mutex& lock) : lock_(lock) {
    if (lock_.try_lock()) return;
    python::Detached detached;
    lock_.lock();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { lock_.unlock(); }

 private:
  std::mutex& lock_;
};

}  // namespace wsgi::engine
