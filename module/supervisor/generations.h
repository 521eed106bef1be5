// SPDX-License-Identifier: Apache-2.0
// The parent's side of supervision: makes generations of process groups, forks a supervisor for
// each, retires the old ones, stops all. One object for the life of the parent, on the heap, kept
// in the process pool under kGenerationsKey: it never points into the configuration's memory, apart
// from `Surroundings::logs`, which retire() gives up. Parent's main thread; nothing here waits but
// stop(). In a child only enter_child() and the const members are called.
// Source: ARCHITECTURE.md, sections 6 and 9; daemon-ipc.md, sections 1 and 8.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "supervisor/group.h"

namespace wsgi::supervisor {

// Name under which the parent keeps its Generations; the number is the layout's version.
inline constexpr const char* kGenerationsKey = "wsgi_generations:1";

// What a supervisor needs of the process that it is forked from.
struct Surroundings {
  std::unique_ptr<Logs> logs;  // may point into the configuration
  // Those of Apache's sockets that are known; asked where the system cannot be (listening.h).
  std::function<std::vector<int>()> listeners;
  std::function<std::string()> scoreboard;  // encoded, for groups with server-metrics; "" none
};

struct Generation {
  std::uint32_t number = 0;
  std::vector<std::unique_ptr<DaemonGroup>> groups;
  Fd lifeline_read, lifeline_write;  // the write end also in every child of the generation
  Surroundings surroundings;
  pid_t supervisor = 0;  // 0: none runs
  Clock::time_point forked_at{};
  std::uint32_t quick_deaths = 0;  // supervisors that died soon, in a row
  bool retired = false;
};

class Generations {
 public:
  Generations();
  ~Generations();  // closes; stops nobody
  Generations(const Generations&) = delete;
  Generations& operator=(const Generations&) = delete;

  // Makes page, pairs and lifeline for each group, links them with their predecessors, forks the
  // supervisor. Returns its pid: to be registered as other-child in the process pool; 0 if there
  // are no groups. Any previous generation must have been retired. Fail ids: supervisor_start. If
  // only the fork failed, the generation is the current one all the same, and retry() completes it.
  Result<pid_t> start(std::vector<GroupSettings> groups, Surroundings surroundings);

  // To be called every few seconds: a current generation whose supervisor could not be forked, by
  // start() or on_exit(), gets one now. Returns its pid, to be registered; 0 if nothing is missing.
  Result<pid_t> retry();

  // The configuration goes away (its pool is being cleared): the current generation goes on serving
  // under its supervisor until its children have gone and its successor is ready.
  void retire();

  // Other-child notice: `pid` has ended with wait status `status`. For the current generation a new
  // supervisor is forked at once (one that died soon makes its successor pause before it starts
  // daemons) and its pid returned, to be registered; 0 otherwise. `log`: the main server's.
  Result<pid_t> on_exit(pid_t pid, int status, Log& log);

  // TERM to all supervisors, without waiting: daemons and Apache's children end side by side, and
  // children that wait for a daemon are let go. From then on no supervisor is replaced.
  void begin_stop();
  // begin_stop(), and waits for their end: at most the longest shutdown-timeout + 1 s,
  // never over 9 s. Reaps them.
  void stop();

  // In a new child (child_init), before privileges matter: closes what only the parent and the
  // supervisors may hold, resets the nudge signal. From then on stop() and on_exit() do nothing.
  void enter_child();

  // Null when there is no generation or it is retired.
  const Generation* current() const;
  const DaemonGroup* find(std::string_view name) const;
  // How many generations the parent still holds, with the current one.
  std::size_t count() const { return all_.size(); }

 private:
  Result<pid_t> fork_supervisor(Generation& generation, std::chrono::milliseconds pause);
  [[noreturn]] void be_supervisor(Generation& generation, std::chrono::milliseconds pause,
                                  pid_t parent);
  void link(Generation& fresh);
  void release(std::size_t index);

  std::vector<std::unique_ptr<Generation>> all_;  // oldest first
  std::uint32_t last_number_ = 0;
  bool in_child_ = false, stopping_ = false;
};

}  // namespace wsgi::supervisor
