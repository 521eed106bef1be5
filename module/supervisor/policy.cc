// SPDX-License-Identifier: Apache-2.0
// The table of daemon-ipc.md, section 3, and the rules of section 8, as code. Each on_…() appends
// what is to be done; set_state() remembers the word so that no action repeats it.
#include "supervisor/policy.h"

#include <algorithm>

namespace wsgi::supervisor {
namespace {

std::chrono::seconds backoff(std::uint32_t failures_before, std::chrono::seconds most) {
  return std::min<std::chrono::seconds>(kBackoffFirst * (1u << std::min(failures_before, 10u)),
                                        most);
}

}  // namespace

Policy::Policy(PolicyOptions options) : options_(std::move(options)), places_(options_.slots) {}

std::uint32_t Policy::index(const Place& place) const {
  return static_cast<std::uint32_t>(&place - places_.data());
}

Policy::Process* Policy::find(Place& place, std::uint32_t generation) {
  auto it = std::find_if(place.processes.begin(), place.processes.end(),
                         [&](const Process& p) { return p.generation == generation; });
  return it == place.processes.end() ? nullptr : &*it;
}

bool Policy::has(const Place& place, Phase phase) const {
  return std::any_of(place.processes.begin(), place.processes.end(),
                     [&](const Process& p) { return p.phase == phase; });
}

void Policy::set_state(Place& place, SlotState state, Actions& out) {
  if (place.state == state) return;
  place.state = state;
  out.push_back({.kind = ActionKind::set_state, .slot = index(place), .state = state});
}

std::vector<Action> Policy::on(const Event& event, Time now) {
  Actions out;
  if (event.slot >= places_.size() || finished_) return out;
  Place& place = places_[event.slot];
  Process* process = find(place, event.generation);
  switch (event.kind) {
    case EventKind::seed:
      place.last_generation = std::max(place.last_generation, event.generation);
      break;
    case EventKind::adopt:
      place.last_generation = std::max(place.last_generation, event.generation);
      place.current = event.generation;
      place.state = SlotState::ready;
      place.processes.push_back({event.generation, Phase::serving, true, true, Cause::none, now});
      break;
    case EventKind::begin:
      begin(now, out);
      break;
    case EventKind::ready:
      if (process != nullptr) on_ready(place, *process, now, out);
      break;
    case EventKind::rejected:
      if (process != nullptr && process->phase != Phase::killed) {
        kill(place, *process, process->was_ready ? Cause::killed : Cause::start_failed, out);
      }
      break;
    case EventKind::fork_failed:
    case EventKind::exited:
      if (process != nullptr) on_exit(place, event.generation, now, out);
      break;
    case EventKind::recycle:
      if (process != nullptr) on_recycle(place, *process, event, now, out);
      break;
    case EventKind::leaving:
      if (process != nullptr) on_leaving(place, *process, event, now, out);
      break;
    case EventKind::retire:
      retired_ = true;
      maybe_leave(now, out);
      break;
    case EventKind::lifeline:
      lifeline_gone_ = true;
      bridge_until_ = now + kBridgeLimit;
      maybe_leave(now, out);
      break;
    case EventKind::superseded:
      superseded_ = true;
      maybe_leave(now, out);
      break;
    case EventKind::stop:
      if (!stopping_) leave(Cause::stop, now, out);
      break;
    case EventKind::tick:
      tick(now, out);
      break;
  }
  check_broken(now, out);
  check_finished(out);
  return out;
}

void Policy::begin(Time now, Actions& out) {
  for (Place& place : places_) {
    if (options_.hopeless) {
      set_state(place, SlotState::broken, out);
      continue;
    }
    if (place.processes.empty()) {
      // A dead supervisor may have left the word of an occupant that has died since.
      out.push_back({.kind = ActionKind::set_state, .slot = index(place)});
      out.push_back({.kind = ActionKind::flush, .slot = index(place)});
    }
    spawn(place, now, out);
  }
  if (options_.hopeless) announce(out);
}

void Policy::spawn(Place& place, Time now, Actions& out) {
  if (draining_ || has(place, Phase::starting)) return;
  place.next_try.reset();
  const std::uint32_t generation = ++place.last_generation;
  place.processes.push_back(
      {.generation = generation,
       .born = now,
       .kill_at = now + std::max<Clock::duration>(kStartLimit, options_.startup_timeout)});
  out.push_back({.kind = ActionKind::spawn, .slot = index(place), .generation = generation});
}

// The first READY or failed start: from now on nobody is to use the predecessors. A generation that
// is retired itself leaves this to its own successor, whose children may need them.
void Policy::announce(Actions& out) {
  if (announced_ || retired_) return;
  announced_ = true;
  out.push_back({.kind = ActionKind::supersede});
}

void Policy::on_ready(Place& place, Process& process, Time now, Actions& out) {
  if (process.phase != Phase::starting) return;
  process.phase = Phase::serving;
  process.was_ready = true;
  process.kill_at.reset();
  place.current = process.generation;
  place.state = SlotState::ready;
  place.failed_starts = 0;
  out.push_back(
      {.kind = ActionKind::set_ready, .slot = index(place), .generation = process.generation});
  announce(out);
  for (Process& other : place.processes) {
    if (other.phase != Phase::serving || &other == &process) continue;
    const Cause cause = other.cause == Cause::none ? Cause::replaced : other.cause;
    drain(place, other, cause, grace_ms(cause), now, out);
  }
}

// Time from DRAIN to SIGKILL for a process that was replaced.
std::uint32_t Policy::grace_ms(Cause cause) const {
  if (options_.shutdown_timeout == 0s) return 0;
  auto grace = options_.graceful_timeout;
  if (cause == Cause::eviction_signal && options_.eviction_timeout > 0s) {
    grace = options_.eviction_timeout;
  }
  return saturated_ms(grace + options_.shutdown_timeout);
}

void Policy::drain(Place& place, Process& process, Cause cause, std::uint32_t within_ms, Time now,
                   Actions& out) {
  process.phase = Phase::draining;
  process.cause = cause;
  if (within_ms != 0) {
    const Time at = now + std::chrono::milliseconds(within_ms);
    process.kill_at = process.kill_at ? std::min(*process.kill_at, at) : at;
  }
  out.push_back({.kind = ActionKind::drain,
                 .slot = index(place),
                 .generation = process.generation,
                 .cause = cause,
                 .within_ms = within_ms});
}

void Policy::kill(Place& place, Process& process, Cause cause, Actions& out) {
  process.phase = Phase::killed;
  process.cause = cause;
  process.kill_at.reset();
  out.push_back({.kind = ActionKind::kill,
                 .slot = index(place),
                 .generation = process.generation,
                 .cause = cause});
}

void Policy::on_exit(Place& place, std::uint32_t generation, Time now, Actions& out) {
  const Process dead = *find(place, generation);
  std::erase_if(place.processes, [&](const Process& p) { return p.generation == generation; });
  const Action record{
      .kind = ActionKind::record_death, .slot = index(place), .generation = generation};
  if (draining_) {
    if (dead.was_ready) out.push_back(record);
    if (dead.generation == place.current) {
      out.push_back({.kind = ActionKind::flush, .slot = index(place)});
      out.push_back({.kind = ActionKind::ring, .slot = index(place)});
    }
  } else if (!dead.was_ready) {
    start_failed(place, record, now, out);
  } else if (dead.generation == place.current) {
    occupant_died(place, dead, now, out);
  } else {
    out.push_back(record);  // replaced before: the queue belongs to its successor
  }
}

void Policy::start_failed(Place& place, const Action& record, Time now, Actions& out) {
  const auto delay = backoff(place.failed_starts++, kStartMost);
  place.next_try = now + delay;
  announce(out);
  if (!has(place, Phase::serving) && !has(place, Phase::draining)) {
    set_state(place, SlotState::broken, out);
    out.push_back(record);
    out.push_back({.kind = ActionKind::flush, .slot = index(place)});
    out.push_back({.kind = ActionKind::ring, .slot = index(place)});
  }
  out.push_back(
      {.kind = ActionKind::retry, .slot = index(place), .within_ms = saturated_ms(delay)});
}

// The order is what waiting children rely on (daemon-ipc.md, end of section 7).
void Policy::occupant_died(Place& place, const Process& dead, Time now, Actions& out) {
  place.state = SlotState::starting;
  out.push_back({.kind = ActionKind::set_state, .slot = index(place)});
  out.push_back(
      {.kind = ActionKind::record_death, .slot = index(place), .generation = dead.generation});
  out.push_back({.kind = ActionKind::flush, .slot = index(place)});
  out.push_back({.kind = ActionKind::ring, .slot = index(place)});

  const auto life = now - dead.born;
  const bool unasked = dead.cause == Cause::none || dead.cause == Cause::finished;
  if (life >= kLongLife) place.failures = 0;
  if (unasked && !dead.orphan && life < kQuickDeath) ++place.failures;
  if (has(place, Phase::starting)) return;
  if (place.next_try) {
    set_state(place, SlotState::broken, out);
  } else if (unasked && place.failures >= kQuickDeaths) {
    const auto delay = backoff(place.failures - kQuickDeaths, kBackoffMost);
    place.next_try = now + delay;
    set_state(place, SlotState::broken, out);
    out.push_back(
        {.kind = ActionKind::retry, .slot = index(place), .within_ms = saturated_ms(delay)});
    out.push_back({.kind = ActionKind::say,
                   .id = ErrorId::daemon_backoff,
                   .text = std::to_string(place.failures) +
                           " processes in a row ended within a second of their start; the next "
                           "start is delayed by " +
                           std::to_string(delay.count()) + " s"});
  } else {
    spawn(place, now, out);
  }
}

void Policy::on_recycle(Place& place, Process& process, const Event& event, Time now,
                        Actions& out) {
  if (process.phase != Phase::serving || draining_) return;
  process.cause = event.cause;
  if (!options_.overlap) {
    if (process.generation == place.current) set_state(place, SlotState::fading, out);
  } else if (!place.next_try) {
    spawn(place, now, out);
  }
}

void Policy::on_leaving(Place& place, Process& process, const Event& event, Time now,
                        Actions& out) {
  if (process.phase == Phase::killed) return;
  process.cause = event.cause;
  if (process.phase == Phase::starting) {
    // Scripts of a group without threads may end before anything was ready.
    if (event.cause != Cause::finished) return;
    process.was_ready = true;
    place.current = process.generation;
  }
  process.phase = Phase::draining;
  process.kill_at.reset();
  if (event.within_ms != 0) process.kill_at = now + std::chrono::milliseconds(event.within_ms);
  if (process.generation != place.current) return;
  set_state(place, SlotState::draining, out);
  const bool beside = options_.overlap && event.cause != Cause::finished;
  if (beside && !place.next_try) spawn(place, now, out);
}

void Policy::maybe_leave(Time now, Actions& out) {
  if (!lifeline_gone_ || draining_) return;
  if (!retired_) {
    leave(Cause::stop, now, out);  // the parent and all children have died
  } else if (superseded_ || now >= *bridge_until_) {
    leave(Cause::restart, now, out);
  }
}

void Policy::leave(Cause cause, Time now, Actions& out) {
  draining_ = true;
  std::uint32_t within = 0;
  if (cause == Cause::stop) {
    stopping_ = true;
    const auto limit = options_.shutdown_timeout;
    within =
        saturated_ms(limit == 0s ? kStopMost : std::min<std::chrono::seconds>(limit, kStopMost));
  } else {
    name_serving_at_ = now + options_.graceful_timeout;
  }
  for (Place& place : places_) {
    place.next_try.reset();
    set_state(place, SlotState::draining, out);
    for (Process& process : place.processes) {
      if (process.orphan || process.phase == Phase::killed) continue;
      if (process.phase == Phase::starting) {
        kill(place, process, cause, out);
      } else {
        drain(place, process, cause, within, now, out);
      }
    }
  }
}

// What the log says of it comes with the death (death.h).
void Policy::expire(Place& place, Process& process, Actions& out) {
  const bool starting = process.phase == Phase::starting;
  kill(place, process, starting ? Cause::startup_timeout : process.cause, out);
}

void Policy::tick(Time now, Actions& out) {
  for (Place& place : places_) {
    for (Process& process : place.processes) {
      if (process.kill_at && *process.kill_at <= now) expire(place, process, out);
    }
    if (place.next_try && *place.next_try <= now) spawn(place, now, out);
  }
  maybe_leave(now, out);
  if (name_serving_at_ && *name_serving_at_ <= now) {
    name_serving_at_.reset();
    std::size_t serving = 0;
    for (const Place& place : places_) serving += place.processes.size();
    out.push_back({.kind = ActionKind::say,
                   .id = ErrorId::generation_serving,
                   .text = std::to_string(serving) +
                           " processes from before the restart still finish their requests"});
  }
}

void Policy::check_broken(Time now, Actions& out) {
  const bool all = std::all_of(places_.begin(), places_.end(),
                               [](const Place& place) { return place.state == SlotState::broken; });
  if (!all) {
    if (broken_) out.push_back({.kind = ActionKind::set_broken});
    broken_ = false;
    retry_at_.reset();
    return;
  }
  std::optional<Time> first;
  for (const Place& place : places_) {
    if (place.next_try && (!first || *place.next_try < *first)) first = place.next_try;
  }
  if (!broken_) {
    out.push_back({.kind = ActionKind::say,
                   .id = ErrorId::daemon_broken,
                   .text = options_.hopeless
                               ? "there is no runtime; requests get 503"
                               : "no process starts; requests get 503 until one does"});
  }
  if (!broken_ || (first && first != retry_at_)) {
    const auto wait = first ? std::max<Clock::duration>(*first - now, 1s) : kBackoffMost;
    out.push_back({.kind = ActionKind::set_broken, .within_ms = saturated_ms(wait)});
    retry_at_ = first;
  }
  broken_ = true;
}

void Policy::check_finished(Actions& out) {
  if (!draining_ || finished_) return;
  for (const Place& place : places_) {
    const auto& all = place.processes;
    if (std::any_of(all.begin(), all.end(), [](const Process& p) { return !p.orphan; })) return;
  }
  for (Place& place : places_) set_state(place, SlotState::stopped, out);
  finished_ = true;
  out.push_back({.kind = ActionKind::finish});
}

std::optional<Policy::Time> Policy::next() const {
  if (finished_) return std::nullopt;  // nothing is done any more, so no time may be due
  std::optional<Time> first;
  auto consider = [&](const std::optional<Time>& time) {
    if (time && (!first || *time < *first)) first = time;
  };
  for (const Place& place : places_) {
    consider(place.next_try);
    for (const Process& process : place.processes) consider(process.kill_at);
  }
  if (waits_for_successor()) consider(bridge_until_);
  consider(name_serving_at_);
  return first;
}

}  // namespace wsgi::supervisor
