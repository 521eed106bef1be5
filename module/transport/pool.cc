// SPDX-License-Identifier: Apache-2.0
// Stale connections are moved out under the lock and closed outside of it.
#include "transport/pool.h"

#include <algorithm>
#include <iterator>

namespace wsgi::transport {

std::unique_ptr<Connection> Pool::take(const Permit& permit) {
  Stack stale;
  std::lock_guard lock(mutex_);
  SlotStack& slot = slots_[permit.slot];
  if (slot.stack.empty()) return nullptr;
  // All of a stack are of one generation, or the newest is the newest generation.
  if (slot.stack.back()->generation != permit.generation) {
    stale.swap(slot.stack);
    slot.count = 0;
    return nullptr;
  }
  auto connection = std::move(slot.stack.back());
  slot.stack.pop_back();
  slot.count = slot.stack.size();
  return connection;
}

void Pool::put(std::size_t slot_index, std::unique_ptr<Connection> connection) {
  const auto now = Clock::now();
  connection->idle_since = now;
  connection->in.settle();
  Stack stale;
  {
    std::lock_guard lock(mutex_);
    SlotStack& slot = slots_[slot_index];
    slot.stack.push_back(std::move(connection));
    slot.count = slot.stack.size();
    if (now - swept_ >= std::chrono::seconds(1)) sweep(now, stale);
  }
}

void Pool::sweep(Clock::time_point now, Stack& stale) {
  swept_ = now;
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    const SlotWord word = load_word(page_, k);
    const bool serves = word.state == SlotState::ready || word.state == SlotState::fading;
    auto& stack = slots_[k].stack;
    const auto keep = [&](const auto& one) {
      return serves && one->generation == word.generation && now - one->idle_since < kLongestIdle;
    };
    const auto first = std::stable_partition(stack.begin(), stack.end(), keep);
    std::move(first, stack.end(), std::back_inserter(stale));
    stack.erase(first, stack.end());
    slots_[k].count = stack.size();
  }
}

void Pool::close_all() {
  Stack stale;
  std::lock_guard lock(mutex_);
  for (auto& slot : slots_) {
    std::move(slot.stack.begin(), slot.stack.end(), std::back_inserter(stale));
    slot.stack.clear();
    slot.count = 0;
  }
}

}  // namespace wsgi::transport
