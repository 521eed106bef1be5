// SPDX-License-Identifier: Apache-2.0
// One slot after the other; see rolling.h.
#include "observe/rolling.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <string_view>

#include "transport/control.h"
#include "transport/permits.h"

namespace wsgictl::observe {
namespace {

using wsgi::transport::SlotState;

constexpr std::chrono::milliseconds kLook(20);
constexpr std::string_view kDaemon = "/wsgi-daemon-py";

bool is_daemon(pid_t pid) {
  char target[PATH_MAX];
  const ssize_t n = ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), target, sizeof target);
  if (n <= 0) return false;
  const std::string_view path(target, static_cast<std::size_t>(n));
  const auto name = path.rfind('/');
  return name != std::string_view::npos && path.substr(name).starts_with(kDaemon);
}

struct Occupant {
  pid_t pid = 0;
  std::uint32_t generation = 0;
  bool serves = false;
};

Occupant occupant(const OpenPage& page, std::size_t slot) {
  const auto word = wsgi::transport::load_word(page.page, slot);
  return {static_cast<pid_t>(page.page.slot(slot).occupant.pid.load()), word.generation,
          word.state == SlotState::ready || word.state == SlotState::fading};
}

std::uint32_t failed_starts(const OpenPage& page) {
  constexpr auto kCause = static_cast<std::size_t>(wsgi::transport::Cause::start_failed);
  return page.page.ends().by_cause[kCause].load();
}

RollEnd replace(const OpenPage& page, std::size_t slot, const Occupant& old,
                std::chrono::milliseconds timeout, sys::Clock& clock) {
  const bool held =
      std::find(page.holders.begin(), page.holders.end(), old.pid) != page.holders.end();
  if (!held || !is_daemon(old.pid)) return RollEnd::not_permitted;
  const std::uint32_t failures = failed_starts(page);
  if (::kill(old.pid, SIGUSR1) != 0 && errno == EPERM) return RollEnd::not_permitted;
  const auto end = clock.steady() + timeout;
  while (true) {
    const Occupant now = occupant(page, slot);
    if (now.serves && now.generation != old.generation) return RollEnd::done;
    if (page.page.state().superseded.load() != 0) return RollEnd::reloaded;
    if (failed_starts(page) != failures) return RollEnd::failed;
    if (clock.steady() >= end) return RollEnd::late;
    clock.sleep(kLook);
  }
}

}  // namespace

Roll roll(const OpenPage& page, std::chrono::milliseconds timeout, sys::Clock& clock) {
  Roll result;
  std::vector<Occupant> before;
  for (std::size_t k = 0; k < page.page.shape().slots; ++k) before.push_back(occupant(page, k));
  for (std::size_t k = 0; k < before.size(); ++k) {
    if (!before[k].serves) {
      result.skipped.push_back(k);
      continue;
    }
    // Replaced for a reason of its own while others were: new enough.
    if (occupant(page, k).generation == before[k].generation) {
      result.end = replace(page, k, before[k], timeout, clock);
      result.slot = k;
      if (result.end != RollEnd::done) return result;
    }
    result.replaced.push_back({k, before[k].pid, occupant(page, k).pid});
  }
  if (result.replaced.empty()) result.end = RollEnd::nobody;
  return result;
}

}  // namespace wsgictl::observe
