// SPDX-License-Identifier: Apache-2.0
// The thread on which a daemon tells subscribers of SIGHUP and SIGUSR2, so that their code never
// delays the main thread. Made and ended by the main thread. Source: runtime.md, section 7.3.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/engine.h"

namespace wsgi::daemon {

class Callbacks {
 public:
  explicit Callbacks(engine::Engine& engine) : engine_(engine) {}
  // A thread within a callback is left behind: see stop().
  ~Callbacks() { stop(); }
  // The thread starts with the first signal; no thread: the signal is dropped. So are those of a
  // burst.
  void signal(int number);
  // No further callback begins. False: one is running and was left behind, so Python cannot be
  // ended.
  bool stop();

 private:
  void run();

  static constexpr std::size_t kWaiting = 16;
  engine::Engine& engine_;
  std::mutex lock_;
  std::condition_variable wake_;
  std::deque<int> waiting_;
  bool stop_ = false, busy_ = false;
  std::thread thread_;
};

}  // namespace wsgi::daemon
