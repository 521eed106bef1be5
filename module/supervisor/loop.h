// SPDX-License-Identifier: Apache-2.0
// A supervisor: one process, one thread, one epoll set. Turns signals, the lifeline, control
// messages, output and time into events for each group's Policy and applies its actions: to
// processes, to the page, to the log. Blocks in epoll_wait only. loop.cc waits and reads, apply.cc
// acts. Source: daemon-ipc.md, sections 7 and 8; ARCHITECTURE.md, sections 6, 9, 10.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "supervisor/death.h"
#include "supervisor/group.h"
#include "supervisor/policy.h"
#include "supervisor/relay.h"
#include "transport/boot.h"

namespace wsgi::supervisor {

struct SupervisorPlan {
  std::vector<std::unique_ptr<DaemonGroup>>* groups = nullptr;
  Logs* logs = nullptr;
  const std::function<std::string()>* scoreboard = nullptr;  // generations.h
  int lifeline = -1;                                         // borrowed
  pid_t parent = 0;
  int nudge_signal = 0;                // 0: the parent is not nudged
  std::chrono::milliseconds pause{0};  // before the first daemon is started
};

class Supervisor {
 public:
  explicit Supervisor(SupervisorPlan plan);
  ~Supervisor();
  // Blocks TERM, USR1 and CHLD in this process, ignores what is nobody's business; opens the set.
  // Fail id: supervisor_start.
  Status open();
  // Until nothing is left to supervise.
  void run();

 private:
  using Time = Clock::time_point;
  struct Child {
    std::uint32_t group = 0, slot = 0, generation = 0;
    pid_t pid = 0;
    Fd control, output;
    Relay relay;
    Time born{};
    bool ready = false, killed = false, rejected = false;
    Cause cause = Cause::none;  // why it was killed, asked to leave or said that it leaves
    std::string failed;         // of FAILED
    ErrorId failed_id = ErrorId::daemon_start_failed;
    std::uint64_t cpu_ms = 0;  // used in its life; known at its end
    explicit Child(Relay::Sink sink) : relay(std::move(sink)) {}
  };
  // An occupant of a supervisor that has died: no control, not our child.
  struct Orphan {
    std::uint32_t slot, generation;
    pid_t pid;
  };
  struct Group {
    DaemonGroup* made;
    Log* log;
    Policy policy;
    std::vector<Orphan> orphans;
    // Waiters that did not sleep: the fewest of the last checks, and how many those were.
    std::uint32_t missing = 0, waiter_checks = 0;
  };
  enum class Source : std::uint8_t { signals, lifeline, control, output };
  struct Dying {
    std::uint32_t group = 0, slot = 0, generation = 0;
    pid_t pid = 0;
    Explanation why;
  };

  // loop.cc
  bool watch(int fd, Source source, std::uint64_t id);
  void begin(Time now);
  void adopt(std::uint32_t group);
  int wait_ms(Time now) const;
  void on_signals(Time now);
  void on_lifeline(Time now);
  void on_control(std::uint64_t id, Time now, std::size_t turns);
  void on_output(std::uint64_t id, Time now, std::size_t turns);
  void on_time(Time now);
  void look_for_orphans(Time now);
  void look_for_successors(Time now);
  void tell_dropped(Child& child, Time now, bool all);
  void sample_memory(Time now);
  void look_for_waiters(Time now);
  void nudge(Time now);
  void reap(Time now);
  void all(EventKind kind, Time now);

  // apply.cc
  void on(std::uint32_t group, const Event& event, Time now);
  void apply(std::uint32_t group, const Action& action, Time now);
  void start(std::uint32_t group, const Action& action, Time now);
  transport::BootRecord boot_record(const DaemonGroup& group, const Action& action) const;
  std::vector<transport::WarmScript> warm_list(const DaemonGroup& group) const;
  void message(Child& child, ByteView bytes, Time now);
  void on_ready(Child& child, std::string_view version, std::uint16_t ipc, Time now);
  void on_log(Child& child, const transport::LogRecord& record, Time now);
  void on_score(Child& child, Time now);
  void died(std::uint64_t id, int status, Time now);
  void log_death(const Child& child, const Explanation& why, const std::vector<Action>& actions);
  Child* find(std::uint32_t group, std::uint32_t slot, std::uint32_t generation);
  Log& log(std::uint32_t group) { return *groups_[group].log; }
  std::string who(const Child& child) const;

  SupervisorPlan plan_;
  std::vector<Group> groups_;
  std::map<std::uint64_t, std::unique_ptr<Child>> children_;
  std::uint64_t last_id_ = 0;
  std::deque<std::pair<std::uint32_t, Event>> pending_;  // events that actions caused
  std::optional<Dying> dying_;                           // the process that `exited` is about
  std::vector<Action> applied_;                          // by the last event
  Fd epoll_, signals_;
  Time started_{};
  std::optional<Time> begin_at_;
  std::size_t nudges_ = 0;
  Time orphans_at_{}, successors_at_{}, memory_at_{}, waiters_at_{};
  OomKills oom_kills_{0};
  Fd board_;  // the latest answer to SCORE
  Time board_at_{};
  bool applying_ = false;
};

}  // namespace wsgi::supervisor
