// SPDX-License-Identifier: Apache-2.0
// The real clock; see clock.h.
#include "sys/clock.h"

#include <ctime>
#include <thread>

namespace wsgictl::sys {
namespace {

class RealClock final : public Clock {
 public:
  Milliseconds steady() override {
    return std::chrono::duration_cast<Milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
  std::string utc() override {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
  }
  void sleep(Milliseconds time) override { std::this_thread::sleep_for(time); }
};

}  // namespace

Clock& real_clock() {
  static RealClock clock;
  return clock;
}

}  // namespace wsgictl::sys
