// SPDX-License-Identifier: Apache-2.0
// What a daemon writes to its output pipe, as lines, and how much of it reaches the log: a bounded
// rate and a count of the rest, so that neither the log's disk nor the writer suffers. One object
// for each daemon; one thread; no calls of the system.
// Source: daemon-ipc.md, section 8 (back-off and output); ARCHITECTURE.md, section 10.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace wsgi::supervisor {

inline constexpr std::size_t kMaxLine = 8 * 1024;
inline constexpr double kLinesPerSecond = 1000;
inline constexpr double kLineBurst = 4000;

class Relay {
 public:
  using Time = Clock::time_point;
  using Sink = std::function<void(std::string_view line)>;
  explicit Relay(Sink sink) : sink_(std::move(sink)) {}

  // Whole lines go to the sink, without their end; longer ones than 8 KiB in pieces.
  void feed(std::string_view bytes, Time now);
  // The writer has gone: what is left without a newline is a line too.
  void end(Time now);
  // May one more record be logged? Otherwise it was counted. For LOG messages too.
  bool admit(Time now);
  // Records dropped since the last call; 0 until a second has passed since then, unless `all`.
  std::uint64_t take_dropped(Time now, bool all = false);
  bool has_dropped() const { return dropped_ != 0; }
  // The last words: up to three lines, 300 bytes, joined by " | ".
  std::string tail() const;

 private:
  void line(std::string_view text, Time now);
  Sink sink_;
  std::string part_;
  std::deque<std::string> last_;
  double tokens_ = kLineBurst;
  Time filled_{};
  Time told_{};
  std::uint64_t dropped_ = 0;
};

}  // namespace wsgi::supervisor
