// SPDX-License-Identifier: Apache-2.0
// Why a daemon died: exit status, our own kill and its reason, what it said last, the kernel's OOM
// counter, what its threads were running, its last words. explain() is pure; the rest only reads.
// Source: ARCHITECTURE.md, section 10; errors.md, section 11 (proc-exit).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error_id.h"
#include "transport/control.h"
#include "transport/page.h"

namespace wsgi::supervisor {

// What one thread of the dead process had begun.
struct Flight {
  std::string method, path;
  std::uint64_t age_ms = 0;
};

struct Ending {
  bool known = true;  // false: not our child, only its absence was seen
  int status = 0;     // of waitpid
  bool was_ready = false;
  bool killed = false;                              // SIGKILL came from us
  transport::Cause cause = transport::Cause::none;  // of that, or of its LEAVING or our DRAIN
  bool out_of_memory = false;
  std::uint64_t cpu_ms = 0, cpu_limit_s = 0;  // used, and cpu-time-limit; 0 none
  std::string failed;                         // text of its FAILED message
  ErrorId failed_id = ErrorId::daemon_start_failed;
  std::string last_words;
  std::vector<Flight> flights;
};

struct Explanation {
  ErrorId id = ErrorId::daemon_exit;
  transport::DeathHow how = transport::DeathHow::none;
  std::uint16_t status = 0;
  transport::Cause cause = transport::Cause::none;
  std::string brief;  // for the death record: at most 40 bytes
  std::string text;   // for the log
};

Explanation explain(const Ending& ending);

// From the flight records of that process, the longest running first, at most four; text escaped.
std::vector<Flight> read_flights(const transport::Page& page, std::size_t slot,
                                 std::uint32_t generation, std::uint64_t now_us);

// How often the kernel has killed for memory in this process's cgroup; 0 if that cannot be read.
std::uint64_t oom_kills();

// Whose SIGKILL was the kernel's. It may kill several at once, and counts them before the first of
// them is reaped; a kill of a process that is not ours must not explain a death of ours much later.
class OomKills {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit OomKills(std::uint64_t count) : count_(count) {}
  // A daemon died of a SIGKILL that was not ours, and oom_kills() says COUNT.
  bool killed(std::uint64_t count, Time now);

 private:
  std::uint64_t count_, unexplained_ = 0;
  Time moved_{};
};

// Bytes that are not printable ASCII as \xNN.
std::string printable(std::string_view text);

}  // namespace wsgi::supervisor
