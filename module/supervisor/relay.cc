// SPDX-License-Identifier: Apache-2.0
#include "supervisor/relay.h"

#include <algorithm>
#include <utility>

namespace wsgi::supervisor {
namespace {

constexpr std::size_t kTailLines = 3;
constexpr std::size_t kTailBytes = 300;

}  // namespace

void Relay::feed(std::string_view bytes, Time now) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const std::size_t room = kMaxLine - part_.size();
    const std::size_t size = std::min({end, bytes.size(), room});
    part_.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (!bytes.empty() && bytes.front() == '\n') {
      bytes.remove_prefix(1);
    } else if (part_.size() < kMaxLine) {
      return;
    }
    line(part_, now);
    part_.clear();
  }
}

void Relay::end(Time now) {
  if (!part_.empty()) line(part_, now);
  part_.clear();
}

void Relay::line(std::string_view text, Time now) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.empty()) return;
  last_.emplace_back(text.substr(0, kTailBytes));
  if (last_.size() > kTailLines) last_.pop_front();
  if (admit(now)) sink_(text);
}

bool Relay::admit(Time now) {
  if (filled_ != Time{}) {
    const double seconds = std::chrono::duration<double>(now - filled_).count();
    tokens_ = std::min(kLineBurst, tokens_ + seconds * kLinesPerSecond);
  }
  filled_ = now;
  if (tokens_ < 1) {
    if (dropped_++ == 0) told_ = now;
    return false;
  }
  tokens_ -= 1;
  return true;
}

std::uint64_t Relay::take_dropped(Time now, bool all) {
  if (dropped_ == 0 || (!all && now - told_ < std::chrono::seconds(1))) return 0;
  return std::exchange(dropped_, 0);
}

std::string Relay::tail() const {
  std::string text;
  for (const std::string& one : last_) {
    if (!text.empty()) text += " | ";
    text += one;
  }
  if (text.size() > kTailBytes) text.erase(0, text.size() - kTailBytes);
  return text;
}

}  // namespace wsgi::supervisor
