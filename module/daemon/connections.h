// SPDX-License-Identifier: Apache-2.0
// Connections of a daemon. Each is busy (one worker has it) or idle (armed in the epoll set). Ids
// carry a serial, so an event for a connection that was closed meanwhile is recognised. Any thread.
// Source: daemon-ipc.md, section 6.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/fd.h"

namespace wsgi::daemon {

class Connections {
 public:
  // At most `idle_limit` are kept idle; above, the longest idle one is closed.
  Connections(int epoll, std::size_t idle_limit, std::size_t threads);

  struct Busy {
    std::size_t index = 0;
    int fd = -1;
    bool once = false;
  };
  // A new connection, busy. nullopt: there are too many; it was closed.
  std::optional<Busy> add(Fd socket, bool once);
  // From the epoll event's data. nullopt: closed meanwhile.
  std::optional<Busy> claim(std::uint64_t id);
  // Arms it for the next request.
  void rest(const Busy& busy);
  void drop(const Busy& busy);
  void close_idle();
  // In a forked child, single-threaded: visits its copies of all descriptors.
  template <typename Visit>
  void each_copy(Visit visit) const {
    const std::size_t used = used_;
    for (std::size_t k = 0; k < used; ++k) visit(entries_[k].fd.load());
  }

 private:
  enum State : std::uint8_t { kFree, kBusy, kIdle };
  struct Entry {
    std::atomic<std::uint64_t> state{0};  // serial << 8 | State
    std::atomic<int> fd{-1};
    std::atomic<std::uint64_t> idle_since_us{0};
    std::atomic_flag changing = ATOMIC_FLAG_INIT;  // resting or being closed while idle
    bool once = false;
    bool watched = false;
  };
  bool close_if_idle(std::size_t index);
  void free_entry(std::size_t index);
  void close_longest_idle();

  const int epoll_;
  const std::size_t idle_limit_, capacity_;
  std::unique_ptr<Entry[]> entries_;
  std::mutex mutex_;  // of the free list; never held by a warm request
  std::vector<std::size_t> free_;
  std::atomic<std::size_t> open_{0}, used_{0};
};

}  // namespace wsgi::daemon
