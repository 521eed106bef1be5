// SPDX-License-Identifier: Apache-2.0
#include "daemon/callbacks.h"

#include <system_error>

namespace wsgi::daemon {

void Callbacks::signal(int number) {
  std::lock_guard lock(lock_);
  if (stop_ || waiting_.size() >= kWaiting) return;
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      return;
    }
  }
  waiting_.push_back(number);
  wake_.notify_one();
}

void Callbacks::run() {
  std::unique_lock lock(lock_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const int number = waiting_.front();
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    engine_.announce_signal(number);
    lock.lock();
    busy_ = false;
  }
}

bool Callbacks::stop() {
  std::unique_lock lock(lock_);
  stop_ = true;
  wake_.notify_one();
  const bool busy = busy_;
  lock.unlock();
  if (!thread_.joinable()) return true;
  if (busy) {
    thread_.detach();
  } else {
    thread_.join();
  }
  return !busy;
}

}  // namespace wsgi::daemon
