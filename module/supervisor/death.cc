// SPDX-License-Identifier: Apache-2.0
#include "supervisor/death.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace wsgi::supervisor {
namespace {

using transport::Cause;
using transport::DeathHow;

constexpr std::size_t kMaxFlights = 4;

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : std::string();
}

std::string seconds(std::uint64_t ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(ms) / 1000);
  return text;
}

// At the end of its time it kills itself, unless our SIGKILL comes first: both say the same.
bool abandoned(const Ending& ending) {
  return ending.cause != Cause::none && WIFEXITED(ending.status) &&
         WEXITSTATUS(ending.status) == transport::kForcedExit;
}

void describe_status(const Ending& ending, Explanation& out) {
  const std::string asked(cause_name(ending.cause));
  if (!ending.known) {
    out.text = out.brief = "ended while no supervisor watched it";
    return;
  }
  if (WIFEXITED(ending.status)) {
    out.how = DeathHow::exit;
    out.status = static_cast<std::uint16_t>(WEXITSTATUS(ending.status));
    if (abandoned(ending)) {
      out.id = ErrorId::daemon_killed;
      out.brief = "abandoned its requests: " + asked;
      out.text = "abandoned its requests at the end of its time: " + asked;
      return;
    }
    out.text = "ended with exit code " + std::to_string(out.status);
    const bool expected = out.status == 0 && ending.cause != Cause::none;
    if (!expected && ending.was_ready) out.id = ErrorId::daemon_died;
    if (ending.cause != Cause::none) out.text += ", leaving because of " + asked;
    return;
  }
  out.how = DeathHow::signal;
  out.status = static_cast<std::uint16_t>(WTERMSIG(ending.status));
  out.id = ErrorId::daemon_died;
  if (ending.killed) {
    out.id = ErrorId::daemon_killed;
    out.brief = "killed: " + asked;
    out.text = "was killed by its supervisor: " + asked;
  } else if (ending.out_of_memory) {
    out.cause = Cause::memory;
    out.brief = "killed by the kernel: out of memory";
    out.text = out.brief + "; lower the group's memory use or raise the limit of the cgroup";
  } else if (ending.cpu_limit_s != 0 && ending.cpu_ms >= ending.cpu_limit_s * 1000) {
    // SIGXCPU that nothing handled, or SIGKILL at the hard limit.
    out.cause = Cause::cpu_time_limit;
    out.brief = "killed by the kernel: cpu-time-limit";
    out.text = out.brief + ", after " + seconds(ending.cpu_ms) + " of processor time";
  } else {
    // The record has the number already.
    out.brief = signal_name(out.status);
    out.text = "died of signal " + std::to_string(out.status);
    if (!out.brief.empty()) out.text += " (" + out.brief + ")";
    if (WCOREDUMP(ending.status)) out.text += ", core dumped";
  }
}

}  // namespace

Explanation explain(const Ending& ending) {
  Explanation out;
  out.cause = ending.cause;
  describe_status(ending, out);
  // A stop or restart is what the operator asked for; only lost requests are worth a warning.
  const bool ending_all = ending.cause == Cause::stop || ending.cause == Cause::restart;
  if ((ending.killed || abandoned(ending)) && ending_all) {
    out.id = ending.was_ready ? ErrorId::proc_forced : ErrorId::daemon_exit;
  } else if (!ending.was_ready && ending.known) {
    out.id = ErrorId::daemon_start_failed;
    if (!ending.failed.empty()) {
      out.id = ending.failed_id;
      out.text = out.brief = ending.failed;
    } else if (ending.cause == Cause::startup_timeout) {
      out.id = ErrorId::daemon_slow_start;
      out.text = "not ready in time and killed";
    }
    if (out.cause != Cause::memory) out.cause = Cause::start_failed;
    out.text.insert(0, "did not start: ");
  }
  if (out.brief.size() > 40) out.brief.resize(40);
  const char* separator = "; it was running ";
  for (const Flight& flight : ending.flights) {
    out.text += separator + flight.method + " " + flight.path + " for " + seconds(flight.age_ms);
    separator = ", ";
  }
  const bool loud = out.id != ErrorId::daemon_exit;
  if (loud && !ending.last_words.empty()) {
    out.text += "; its last words: '" + printable(ending.last_words) + "'";
  }
  return out;
}

std::vector<Flight> read_flights(const transport::Page& page, std::size_t slot,
                                 std::uint32_t generation, std::uint64_t now_us) {
  std::vector<Flight> flights;
  for (std::uint32_t thread = 0; thread < page.shape().cells(); ++thread) {
    const transport::Cell& cell = page.cell(slot, generation, thread);
    const std::uint64_t started = cell.started_us.load(std::memory_order_acquire);
    if (started == 0) continue;
    flights.push_back({printable(transport::load_text(cell.method)),
                       printable(transport::load_text(cell.path)),
                       started < now_us ? (now_us - started) / 1000 : 0});
  }
  std::sort(flights.begin(), flights.end(),
            [](const Flight& a, const Flight& b) { return a.age_ms > b.age_ms; });
  if (flights.size() > kMaxFlights) flights.resize(kMaxFlights);
  return flights;
}

std::uint64_t oom_kills() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    // "0::/path" is version 2; "N:memory:/path" version 1.
    std::string file;
    if (line.rfind("0::", 0) == 0) {
      file = "/sys/fs/cgroup" + line.substr(3) + "/memory.events";
    } else if (const auto at = line.find(":memory:"); at != std::string::npos) {
      file = "/sys/fs/cgroup/memory" + line.substr(at + 8) + "/memory.oom_control";
    } else {
      continue;
    }
    std::ifstream events(file);
    std::string name;
    std::uint64_t count = 0;
    while (events >> name >> count) {
      if (name == "oom_kill") return count;
    }
  }
  return 0;
}

bool OomKills::killed(std::uint64_t count, Time now) {
  if (now - moved_ > std::chrono::seconds(1)) unexplained_ = 0;
  if (count > count_) {
    unexplained_ += count - count_;
    count_ = count;
    moved_ = now;
  }
  if (unexplained_ == 0) return false;
  --unexplained_;
  return true;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      out += escaped;
    }
  }
  return out;
}

}  // namespace wsgi::supervisor
