// SPDX-License-Identifier: Apache-2.0
// Why the orders are sequentially consistent: a waiter first counts itself, then looks at the
// words; a giver first changes a word, then looks for waiters. One of them must see the other.
#include "transport/permits.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ctime>

namespace wsgi::transport {
namespace {

constexpr int kLongestWaitMs = 1000;
constexpr std::uint32_t kMaxInUse = 0xffffff;

long futex(Atomic32& word, int op, std::uint32_t value, const timespec* timeout) {
  return ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), op, value, timeout, nullptr,
                   0);
}

void ring(const Page& page, int wake) {
  PageBell& bell = page.bell();
  if (bell.waiters.load() == 0) return;
  bell.bell.fetch_add(1);
  futex(bell.bell, FUTEX_WAKE, static_cast<std::uint32_t>(wake), nullptr);
}

template <typename Change>
bool change(const Page& page, std::size_t slot, Change&& apply) {
  Atomic64& word = page.word(slot);
  std::uint64_t old = word.load();
  for (;;) {
    SlotWord now = SlotWord::unpack(old);
    if (!apply(now)) return false;
    if (word.compare_exchange_weak(old, now.pack())) return true;
  }
}

}  // namespace

std::optional<Permit> try_take(const Page& page, SlotState state, std::span<const SlotHint> hints,
                               std::uint32_t turn) {
  const std::uint32_t slots = page.shape().slots;
  for (;;) {
    std::optional<std::uint32_t> best;
    SlotWord best_word;
    bool best_idle = false;
    for (std::uint32_t i = 0; i < slots; ++i) {
      const std::uint32_t k = (turn + i) % slots;
      if (k < hints.size() && !hints[k].usable) continue;
      const SlotWord word = load_word(page, k);
      if (word.state != state || word.generation == 0) continue;
      if (word.in_use >= std::min(page.shape().threads, kMaxInUse)) continue;
      const bool idle = k < hints.size() && hints[k].idle;
      if (best && (word.in_use > best_word.in_use ||
                   (word.in_use == best_word.in_use && (best_idle || !idle)))) {
        continue;
      }
      best = k;
      best_word = word;
      best_idle = idle;
    }
    if (!best) return std::nullopt;
    std::uint64_t expected = best_word.pack();
    SlotWord taken = best_word;
    ++taken.in_use;
    // A changed word means that another was faster or the slot's state is another: look again.
    if (page.word(*best).compare_exchange_strong(expected, taken.pack())) {
      return Permit{static_cast<std::uint16_t>(*best), best_word.generation};
    }
  }
}

bool give_back(const Page& page, const Permit& permit) {
  const bool given = change(page, permit.slot, [&](SlotWord& word) {
    if (word.generation != permit.generation || word.in_use == 0) return false;
    --word.in_use;
    return true;
  });
  if (given) ring(page, 1);
  return given;
}

bool repair(const Page& page, const Permit& occupant, std::uint32_t seen, std::uint32_t really) {
  if (really >= seen) return false;
  SlotWord old = load_word(page, occupant.slot);
  if (old.generation != occupant.generation || old.in_use != seen) return false;
  std::uint64_t expected = old.pack();
  old.in_use = really;
  if (!page.word(occupant.slot).compare_exchange_strong(expected, old.pack())) return false;
  ring(page, static_cast<int>(std::min<std::uint32_t>(seen - really, INT_MAX)));
  return true;
}

void set_ready(const Page& page, std::size_t slot, std::uint32_t generation) {
  page.word(slot).store(SlotWord{generation, SlotState::ready, 0}.pack());
  ring_all(page);
}

void set_state(const Page& page, std::size_t slot, SlotState state) {
  change(page, slot, [&](SlotWord& word) {
    word.state = state;
    if (state == SlotState::starting) word.in_use = 0;
    return true;
  });
  ring_all(page);
}

void ring_all(const Page& page) { ring(page, INT_MAX); }

void count_waiter(const Page& page) { page.bell().waiters.fetch_add(1); }

// Never below zero: a waiter that was taken for dead must not make the line look endless. Without
// its count it misses wake-ups and looks again after a second.
void forget_waiters(const Page& page, std::uint32_t dead) {
  Atomic32& waiters = page.bell().waiters;
  std::uint32_t old = waiters.load();
  while (!waiters.compare_exchange_weak(old, old - std::min(old, dead))) {
  }
}

void uncount_waiter(const Page& page) { forget_waiters(page, 1); }

std::uint32_t missing_waiters(const Page& page) {
  PageBell& bell = page.bell();
  const std::uint32_t counted = bell.waiters.load();
  if (counted == 0) return 0;
  bell.bell.fetch_add(1);
  const long woken = futex(bell.bell, FUTEX_WAKE, INT_MAX, nullptr);
  const auto asleep = static_cast<std::uint32_t>(std::max(woken, 0L));
  return counted - std::min(counted, asleep);
}

void wait_bell(const Page& page, std::uint32_t seen, const Deadline& deadline) {
  int ms = deadline.left_ms();
  if (ms < 0 || ms > kLongestWaitMs) ms = kLongestWaitMs;
  if (ms == 0) return;
  const timespec timeout{ms / 1000, static_cast<long>(ms % 1000) * 1'000'000};
  futex(page.bell().bell, FUTEX_WAIT, seen, &timeout);
}

}  // namespace wsgi::transport
