// SPDX-License-Identifier: Apache-2.0
// Everything a supervisor decides about one process group: a pure state machine from events and
// time to actions. It knows slots and processes by number only, touches no page, no process and no
// clock. Owned and called by the Loop, one thread. Actions are to be applied in order.
// Source: daemon-ipc.md, sections 3, 7, 8; runtime.md, sections 7.2 and 7.4; ARCHITECTURE.md, 9.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error_id.h"
#include "transport/control.h"
#include "transport/permits.h"

namespace wsgi::supervisor {

using transport::Cause;
using transport::SlotState;
using namespace std::chrono_literals;

inline constexpr auto kStartLimit = 120s;   // to READY, or startup-timeout if that is longer
inline constexpr auto kBridgeLimit = 120s;  // a retired generation without a ready successor
inline constexpr auto kBackoffFirst = 1s;
inline constexpr auto kBackoffMost = 20s;  // after quick deaths
inline constexpr auto kStartMost = 60s;    // after starts that failed
inline constexpr auto kQuickDeath = 1s;    // a life this short counts towards the back-off
inline constexpr std::uint32_t kQuickDeaths = 3;
inline constexpr auto kLongLife = 10s;  // resets the back-off
inline constexpr auto kStopMost = 8s;   // shutdown-timeout while Apache waits

// What the policy needs of the group's options.
struct PolicyOptions {
  std::uint32_t slots = 1;
  bool overlap = true;
  bool hopeless = false;  // no runtime: broken for good
  std::chrono::seconds startup_timeout{0}, graceful_timeout{15}, eviction_timeout{0},
      shutdown_timeout{5};
};

enum class EventKind : std::uint8_t {
  seed,         // before begin: generations up to this one were given in this slot
  begin,        // spawn into every slot
  adopt,        // before begin: an occupant without control, left by a dead supervisor
  ready,        // READY
  rejected,     // a process that may not serve (version, protocol): kill it, its start has failed
  fork_failed,  // the spawn of this process did not happen
  exited,       // the process has gone
  recycle,      // RECYCLE
  leaving,      // LEAVING
  retire,       // USR1
  lifeline,     // no child of this generation is left
  superseded,   // the successor serves, or there is none
  stop,         // TERM
  tick,         // a time has come
};

struct Event {
  EventKind kind;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // of the process
  Cause cause = Cause::none;
  std::uint32_t within_ms = 0;  // leaving: SIGKILL after it
};

enum class ActionKind : std::uint8_t {
  spawn,         // a process of `generation` for `slot`
  drain,         // DRAIN {cause, within_ms}
  kill,          // SIGKILL, for `cause`
  set_ready,     // the word: ready, generation, nothing in use; ever_ready
  set_state,     // the word: `state`
  record_death,  // of the process that the event named
  flush,         // close what is queued on the receiving end
  ring,          // the bell
  set_broken,    // group: broken = within_ms != 0, retry_after_s = within_ms / 1000
  supersede,     // the pages of all predecessors
  retry,         // only told: the next start in this slot comes in within_ms
  say,           // log `text` under `id`
  finish,        // nothing of this group is left and nothing will come
};

struct Action {
  ActionKind kind;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  Cause cause = Cause::none;
  SlotState state = SlotState::starting;
  std::uint32_t within_ms = 0;
  ErrorId id = ErrorId::internal;
  std::string text{};
};

class Policy {
 public:
  using Time = Clock::time_point;
  explicit Policy(PolicyOptions options);

  std::vector<Action> on(const Event& event, Time now);
  // When a tick is wanted next; nullopt never.
  std::optional<Time> next() const;
  bool finished() const { return finished_; }
  // Waits for its successor: `superseded` should be looked for.
  bool waits_for_successor() const { return lifeline_gone_ && retired_ && !draining_; }

 private:
  enum class Phase : std::uint8_t { starting, serving, draining, killed };
  struct Process {
    std::uint32_t generation = 0;
    Phase phase = Phase::starting;
    bool was_ready = false;
    bool orphan = false;
    Cause cause = Cause::none;  // why it leaves or was killed
    Time born{};
    std::optional<Time> kill_at{};
  };
  struct Place {
    std::vector<Process> processes;  // oldest first
    std::uint32_t last_generation = 0;
    std::uint32_t current = 0;  // generation in the word
    SlotState state = SlotState::starting;
    std::uint32_t failures = 0;  // quick deaths in a row
    std::uint32_t failed_starts = 0;
    std::optional<Time> next_try{};
  };
  using Actions = std::vector<Action>;

  void begin(Time now, Actions& out);
  void spawn(Place& place, Time now, Actions& out);
  void announce(Actions& out);
  void kill(Place& place, Process& process, Cause cause, Actions& out);
  void on_ready(Place& place, Process& process, Time now, Actions& out);
  void on_exit(Place& place, std::uint32_t generation, Time now, Actions& out);
  void on_recycle(Place& place, Process& process, const Event& event, Time now, Actions& out);
  void on_leaving(Place& place, Process& process, const Event& event, Time now, Actions& out);
  void start_failed(Place& place, const Action& record, Time now, Actions& out);
  void occupant_died(Place& place, const Process& dead, Time now, Actions& out);
  void leave(Cause cause, Time now, Actions& out);
  void maybe_leave(Time now, Actions& out);
  void tick(Time now, Actions& out);
  void expire(Place& place, Process& process, Actions& out);
  void drain(Place& place, Process& process, Cause cause, std::uint32_t within_ms, Time now,
             Actions& out);
  void set_state(Place& place, SlotState state, Actions& out);
  void check_broken(Time now, Actions& out);
  void check_finished(Actions& out);
  std::uint32_t grace_ms(Cause cause) const;
  Process* find(Place& place, std::uint32_t generation);
  bool has(const Place& place, Phase phase) const;
  std::uint32_t index(const Place& place) const;

  PolicyOptions options_;
  std::vector<Place> places_;
  bool retired_ = false, lifeline_gone_ = false, superseded_ = false;
  bool draining_ = false, stopping_ = false, finished_ = false;
  bool broken_ = false, announced_ = false;  // predecessors were told
  std::optional<Time> bridge_until_, name_serving_at_, retry_at_;
};

}  // namespace wsgi::supervisor
