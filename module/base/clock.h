// SPDX-License-Identifier: Apache-2.0
// Monotonic time and deadlines. A default Deadline never expires.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace wsgi {

using Clock = std::chrono::steady_clock;

// Microseconds since the epoch, for what is shown and logged (APR's unit).
inline std::uint64_t wall_us() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

// For what counts milliseconds in 32 bits: 2147483647 s are the longest time that fits, not a short
// one.
inline std::uint32_t saturated_ms(std::uint64_t seconds) {
  constexpr std::uint64_t kMost = INT32_MAX;
  return static_cast<std::uint32_t>(seconds < kMost / 1000 ? seconds * 1000 : kMost);
}
// Of what is not negative; rounded up.
inline std::uint32_t saturated_ms(std::chrono::nanoseconds time) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return static_cast<std::uint32_t>(std::min<std::int64_t>(ms, INT32_MAX));
}

class Deadline {
 public:
  Deadline() = default;
  static Deadline in(std::chrono::milliseconds time) {
    Deadline d;
    d.at_ = Clock::now() + time;
    return d;
  }
  // Milliseconds left for poll(): -1 for never, 0 when expired, rounded up.
  int left_ms() const {
    if (!at_) return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now()).count();
    return left <= 0 ? 0 : static_cast<int>(left < 1'000'000'000 ? left : 1'000'000'000);
  }
  bool expired() const { return at_ && Clock::now() >= *at_; }
  bool never() const { return !at_; }

 private:
  std::optional<Clock::time_point> at_;
};

}  // namespace wsgi
