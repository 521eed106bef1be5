// SPDX-License-Identifier: Apache-2.0
// Time and sleeping as an interface, so that tests with deadlines take none.
#pragma once

#include <chrono>
#include <string>

namespace wsgictl::sys {

class Clock {
 public:
  using Milliseconds = std::chrono::milliseconds;

  virtual ~Clock() = default;
  virtual Milliseconds steady() = 0;  // since some fixed moment; never goes back
  virtual std::string utc() = 0;      // 2026-11-21T05:32:03Z
  virtual void sleep(Milliseconds time) = 0;
};

Clock& real_clock();

}  // namespace wsgictl::sys
