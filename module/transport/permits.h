// SPDX-License-Identifier: Apache-2.0
// The slot word and the permits it counts: who may use a daemon's worker. One CAS an operation; a
// new generation in the word voids every permit of the old one. Waiting is one futex bell for the
// group, shared between processes. Any thread. Source: daemon-ipc.md, section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "transport/page.h"

namespace wsgi::transport {

enum class SlotState : std::uint8_t { starting = 0, ready, fading, draining, broken, stopped };

struct SlotWord {
  std::uint32_t generation = 0;  // 0: never occupied
  SlotState state = SlotState::starting;
  std::uint32_t in_use = 0;  // 24 bits

  std::uint64_t pack() const {
    return std::uint64_t{generation} << 32 | std::uint64_t{static_cast<std::uint8_t>(state)} << 24 |
           (in_use & 0xffffff);
  }
  // An impossible state counts as stopped.
  static SlotWord unpack(std::uint64_t word) {
    auto state = static_cast<std::uint8_t>(word >> 24);
    return {static_cast<std::uint32_t>(word >> 32),
            state <= static_cast<std::uint8_t>(SlotState::stopped) ? static_cast<SlotState>(state)
                                                                   : SlotState::stopped,
            static_cast<std::uint32_t>(word & 0xffffff)};
  }
};

inline SlotWord load_word(const Page& page, std::size_t slot) {
  return SlotWord::unpack(page.word(slot).load());
}

// Right to one conversation with the occupant of that generation.
struct Permit {
  std::uint16_t slot = 0;
  std::uint32_t generation = 0;
};

// What a child knows of a slot beside the page.
struct SlotHint {
  bool usable = true;  // false: it refused a hand-over lately
  bool idle = false;   // an idle connection to it is pooled
};

// Among `state` slots: least in_use, then idle connection, then the first from `turn` on.
// hints: one for each slot, or empty.
std::optional<Permit> try_take(const Page& page, SlotState state, std::span<const SlotHint> hints,
                               std::uint32_t turn);
// False if the generation has changed: the permit was void already. Wakes one waiter.
bool give_back(const Page& page, const Permit& permit);
// The occupant's monitor: lowers in_use to `really` if it is still `seen`. Wakes all it freed.
bool repair(const Page& page, const Permit& occupant, std::uint32_t seen, std::uint32_t really);

// Supervisor. `ready` takes over a new generation with in_use 0; `starting` keeps the generation
// with in_use 0; every other state keeps both. Rings for all.
void set_ready(const Page& page, std::size_t slot, std::uint32_t generation);
void set_state(const Page& page, std::size_t slot, SlotState state);
void ring_all(const Page& page);

// A child's thread counts itself in before it waits and out afterwards.
void count_waiter(const Page& page);
void uncount_waiter(const Page& page);
// The supervisor: takes `dead` waiters out that were killed while they waited.
void forget_waiters(const Page& page, std::uint32_t dead);
// Wakes everybody and returns how many of those counted did not sleep: on their way, or dead.
std::uint32_t missing_waiters(const Page& page);

// Blocks until the bell differs from `seen` or the time is over (at most a second at once, so that
// a lost wake-up costs no more). The caller has counted itself in `waiters`.
void wait_bell(const Page& page, std::uint32_t seen, const Deadline& deadline);

}  // namespace wsgi::transport
