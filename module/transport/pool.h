// SPDX-License-Identifier: Apache-2.0
// Idle connections of one child to one generation of a group: a stack for each slot, newest first.
// Any thread; one short lock, never held over a system call but closing stale connections.
// Source: daemon-ipc.md, section 6.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "transport/channel.h"
#include "transport/permits.h"

namespace wsgi::transport {

// One connection to an occupant, with the buffer that its conversations read into.
struct Connection {
  Fd socket;
  std::uint32_t generation = 0;
  Clock::time_point idle_since{};
  ReceiveBuffer in;
};

class Pool {
 public:
  static constexpr std::chrono::seconds kLongestIdle{60};

  explicit Pool(const Page& page) : page_(page), slots_(page.shape().slots) {}

  // The newest idle connection to that occupant, or null.
  std::unique_ptr<Connection> take(const Permit& permit);
  // After a conversation that ended in `idle`. Closes what no longer fits, a look a second.
  void put(std::size_t slot, std::unique_ptr<Connection> connection);
  bool has_idle(std::size_t slot) const {
    return slots_[slot].count.load(std::memory_order_relaxed) != 0;
  }
  void close_all();

 private:
  using Stack = std::vector<std::unique_ptr<Connection>>;
  struct SlotStack {
    Stack stack;
    std::atomic<std::size_t> count{0};
  };
  void sweep(Clock::time_point now, Stack& stale);

  const Page& page_;
  std::mutex mutex_;
  std::vector<SlotStack> slots_;
  Clock::time_point swept_{};
};

}  // namespace wsgi::transport
