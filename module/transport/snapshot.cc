// SPDX-License-Identifier: Apache-2.0
// Copying the page's numbers.
#include "transport/snapshot.h"

#include <algorithm>
#include <cstring>

#include "transport/control.h"

namespace wsgi::transport {
namespace {

constexpr std::string_view kStates[] = {"starting", "ready",  "fading",
                                        "draining", "broken", "stopped"};

SlotSnapshot take_slot(const Page& page, std::size_t index) {
  const Slot& slot = page.slot(index);
  SlotSnapshot s;
  s.word = load_word(page, index);
  s.pid = slot.occupant.pid;
  s.since_ms = slot.occupant.since_ms;
  s.rss = slot.occupant.rss;
  s.served = slot.counts.served;
  s.failed = slot.counts.failed;
  s.busy_us = slot.counts.busy_us;
  s.bytes_in = slot.counts.bytes_in;
  s.bytes_out = slot.counts.bytes_out;
  std::copy(std::begin(slot.queue_time), std::end(slot.queue_time), s.queue_time.begin());
  std::copy(std::begin(slot.request_time), std::end(slot.request_time), s.request_time.begin());
  for (std::uint32_t w = 0; w < page.shape().cells(); ++w) {
    const Cell& cell = page.cell(index, s.word.generation, w);
    FlightSnapshot f;
    f.worker = w;
    f.started_us = cell.started_us;
    f.count = cell.count;
    f.busy_us = cell.busy_us;
    if (f.count == 0 && f.started_us == 0) continue;
    f.method = load_text(cell.method);
    f.path = load_text(cell.path);
    s.flights.push_back(std::move(f));
  }
  s.death_generation = slot.death.generation;
  s.death_pid = slot.death.pid;
  s.death_how = static_cast<DeathHow>(slot.death.how.load());
  s.death_status = slot.death.status;
  s.death_cause = slot.death.cause;
  s.death_ms = slot.death.at_ms;
  s.death_text.assign(slot.death.text, ::strnlen(slot.death.text, sizeof slot.death.text));
  return s;
}

}  // namespace

std::string_view slot_state_name(SlotState state) {
  return kStates[std::min<std::size_t>(static_cast<std::size_t>(state), std::size(kStates) - 1)];
}

std::string_view end_name(std::size_t cause) {
  static_assert(kCauseCount <= kEndCauses);
  if (cause == 0) return "crash";
  return cause < kCauseCount ? cause_name(static_cast<Cause>(cause)) : "unknown";
}

GroupSnapshot take_snapshot(const Page& page) {
  GroupSnapshot g;
  g.shape = page.shape();
  g.born_ms = page.birth().born_ms;
  g.waiters = page.bell().waiters;
  g.ever_ready = page.state().ever_ready != 0;
  g.superseded = page.state().superseded != 0;
  g.broken = page.state().broken != 0;
  g.retry_after_s = page.state().retry_after_s;
  const PageCounts& counts = page.counts();
  g.handovers = counts.handovers;
  g.replacements = counts.replacements;
  g.waits = counts.waits;
  g.wait_us = counts.wait_us;
  g.refused_full = counts.refused_full;
  g.refused_broken = counts.refused_broken;
  g.bridged = counts.bridged;
  g.undelivered = counts.undelivered;
  for (std::size_t k = 0; k < kEndCauses; ++k) g.ended[k] = page.ends().by_cause[k];
  for (std::size_t k = 0; k < g.shape.slots; ++k) g.slots.push_back(take_slot(page, k));
  return g;
}

}  // namespace wsgi::transport
