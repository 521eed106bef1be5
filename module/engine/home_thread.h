// SPDX-License-Identifier: Apache-2.0
// The thread that Python lives on in an Apache child: it starts Python there and ends it there.
// Python takes the thread that started it for its main thread and, at its end, waits for that
// thread if another one ends it (bpo-1596321). Where a child starts Python itself that thread is
// the child's main one; where the first request does, its thread belongs to the MPM, so Python gets
// one of its own.
#pragma once

#include <functional>
#include <semaphore>
#include <thread>

namespace wsgi::engine {

class HomeThread {
 public:
  // Calls `begin` on the home thread and returns what it said. If that was true, `end` is called
  // there when leave() is, which must be. Throws std::system_error when no thread can be had.
  bool enter(std::function<bool()> begin, std::function<void()> end);
  // Returns when `end` has returned. From the child's main thread.
  void leave();

 private:
  void live(const std::function<bool()>& begin);

  std::function<void()> end_;
  std::thread thread_;  // not joinable: the home is the child's main thread
  std::binary_semaphore entered_{0};
  std::binary_semaphore leave_{0};
  bool good_ = false;
};

}  // namespace wsgi::engine
