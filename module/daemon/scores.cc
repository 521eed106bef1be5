// SPDX-License-Identifier: Apache-2.0
#include "daemon/scores.h"

#include <chrono>

#include "transport/boot.h"
#include "transport/control.h"
#include "transport/sealed.h"

namespace wsgi::daemon {
namespace {

constexpr std::size_t kMaxBoard = 64 * 1024 * 1024;
constexpr std::chrono::seconds kPatience(1);

}  // namespace

std::string Scores::read() {
  if (!open_) return {};
  std::unique_lock lock(mutex_);
  const std::uint64_t seen = answers_;
  if (!asked_) {
    // A process that the application forked has no control socket.
    if (!transport::send_control(transport::kControlFd, transport::ScoreMessage{})) return {};
    asked_ = true;
  }
  if (wake_.wait_for(lock, kPatience, [&] { return answers_ != seen; })) return board_;
  asked_ = false;
  return {};
}

void Scores::arrived(Fd board) {
  std::string text;
  if (board) {
    if (const auto bytes = transport::read_sealed(board.get(), kMaxBoard)) {
      text.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    }
  }
  const std::lock_guard lock(mutex_);
  board_ = std::move(text);
  ++answers_;
  asked_ = false;
  wake_.notify_all();
}

}  // namespace wsgi::daemon
