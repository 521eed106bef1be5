// SPDX-License-Identifier: Apache-2.0
#include "engine/home_thread.h"

#include <signal.h>
#include <unistd.h>

#include "base/scope_exit.h"

namespace wsgi::engine {

bool HomeThread::enter(std::function<bool()> begin, std::function<void()> end) {
  end_ = std::move(end);
  if (::gettid() == ::getpid()) return begin();
  {
    // Signals are the business of Apache's own threads; a new thread inherits the mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ScopeExit restore([&] { pthread_sigmask(SIG_SETMASK, &before, nullptr); });
    thread_ = std::thread([this, &begin] { live(begin); });
  }
  entered_.acquire();
  if (!good_) thread_.join();
  return good_;
}

void HomeThread::live(const std::function<bool()>& begin) {
  bool good = false;
  try {
    good = begin();
  } catch (...) {  // out of memory: as good as no Python
  }
  good_ = good;
  entered_.release();  // `begin` is gone from here on
  if (!good) return;
  leave_.acquire();
  end_();
}

void HomeThread::leave() {
  if (!thread_.joinable()) return end_();
  leave_.release();
  thread_.join();
}

}  // namespace wsgi::engine
