// SPDX-License-Identifier: Apache-2.0
// Why `changing`: a connection may be closed by anyone while the worker it had before still arms
// it; the flag keeps the descriptor number valid for the one system call that arms.
#include "daemon/connections.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <limits>

#include "daemon/vitals.h"

namespace wsgi::daemon {
namespace {

class Spin {
 public:
  explicit Spin(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) flag_.wait(true);
  }
  ~Spin() {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }
  Spin(const Spin&) = delete;
  Spin& operator=(const Spin&) = delete;

 private:
  std::atomic_flag& flag_;
};

constexpr std::uint64_t kSerialBits = 40;

}  // namespace

Connections::Connections(int epoll, std::size_t idle_limit, std::size_t threads)
    : epoll_(epoll),
      idle_limit_(idle_limit),
      capacity_(idle_limit + threads + 64),
      entries_(new Entry[capacity_]) {
  free_.reserve(capacity_);
  for (std::size_t k = capacity_; k > 0; --k) free_.push_back(k - 1);
}

std::optional<Connections::Busy> Connections::add(Fd socket, bool once) {
  if (open_.load(std::memory_order_relaxed) >= idle_limit_) close_longest_idle();
  std::size_t index;
  {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return std::nullopt;
    index = free_.back();
    free_.pop_back();
    if (index >= used_) used_ = index + 1;
  }
  Entry& entry = entries_[index];
  entry.fd = socket.release();
  entry.once = once;
  entry.watched = false;
  const std::uint64_t serial = (entry.state.load() >> 8) + 1;
  entry.state.store(serial << 8 | kBusy, std::memory_order_release);
  open_.fetch_add(1, std::memory_order_relaxed);
  return Busy{index, entry.fd, once};
}

std::optional<Connections::Busy> Connections::claim(std::uint64_t id) {
  const std::size_t index = id >> kSerialBits;
  const std::uint64_t serial = id & ((std::uint64_t{1} << kSerialBits) - 1);
  if (index >= capacity_) return std::nullopt;
  Entry& entry = entries_[index];
  std::uint64_t expected = serial << 8 | kIdle;
  if (!entry.state.compare_exchange_strong(expected, serial << 8 | kBusy)) return std::nullopt;
  return Busy{index, entry.fd, entry.once};
}

void Connections::rest(const Busy& busy) {
  Entry& entry = entries_[busy.index];
  const std::uint64_t serial = entry.state.load() >> 8;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
  event.data.u64 = std::uint64_t{busy.index} << kSerialBits | serial;
  entry.idle_since_us.store(mono_us(), std::memory_order_relaxed);
  const int op = entry.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  entry.watched = true;
  const Spin spin(entry.changing);
  entry.state.store(serial << 8 | kIdle, std::memory_order_release);
  if (::epoll_ctl(epoll_, op, busy.fd, &event) == 0) return;
  // No memory to watch it: the child sees a reset or an end and asks elsewhere.
  std::uint64_t expected = serial << 8 | kIdle;
  if (entry.state.compare_exchange_strong(expected, serial << 8 | kBusy)) free_entry(busy.index);
}

void Connections::drop(const Busy& busy) {
  const Spin spin(entries_[busy.index].changing);
  free_entry(busy.index);
}

void Connections::free_entry(std::size_t index) {
  Entry& entry = entries_[index];
  const int fd = entry.fd.exchange(-1);
  const std::uint64_t serial = entry.state.load() >> 8;
  entry.state.store(serial << 8 | kFree, std::memory_order_release);
  // Explicit, as a copy in a forked child would keep the watch alive.
  if (entry.watched) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  ::close(fd);
  open_.fetch_sub(1, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  free_.push_back(index);
}

bool Connections::close_if_idle(std::size_t index) {
  Entry& entry = entries_[index];
  const Spin spin(entry.changing);
  std::uint64_t state = entry.state.load();
  if ((state & 0xff) != kIdle) return false;
  if (!entry.state.compare_exchange_strong(state, (state & ~std::uint64_t{0xff}) | kBusy)) {
    return false;
  }
  free_entry(index);
  return true;
}

void Connections::close_idle() {
  const std::size_t used = used_;
  for (std::size_t k = 0; k < used; ++k) close_if_idle(k);
}

void Connections::close_longest_idle() {
  std::size_t oldest = capacity_;
  std::uint64_t since = std::numeric_limits<std::uint64_t>::max();
  const std::size_t used = used_;
  for (std::size_t k = 0; k < used; ++k) {
    const Entry& entry = entries_[k];
    const auto idle_since = entry.idle_since_us.load(std::memory_order_relaxed);
    if ((entry.state.load() & 0xff) == kIdle && idle_since < since) {
      since = idle_since;
      oldest = k;
    }
  }
  if (oldest != capacity_) close_if_idle(oldest);
}

}  // namespace wsgi::daemon
