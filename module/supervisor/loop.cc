// SPDX-License-Identifier: Apache-2.0
// The waiting half of a supervisor: what happened, and when the next thing is due.
#include "supervisor/loop.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>

#include "transport/control.h"
#include "transport/permits.h"

namespace wsgi::supervisor {
namespace {

using namespace std::chrono_literals;

// httpd's parent sleeps up to a second before it forks children after a restart; a signal ends
// that.
constexpr std::array<std::chrono::milliseconds, 4> kNudges{20ms, 60ms, 150ms, 400ms};
constexpr auto kOrphanCheck = 1s;
constexpr auto kSuccessorCheck = 100ms;
constexpr auto kDroppedCheck = 1s;
constexpr auto kMemoryCheck = 10s;
constexpr auto kWaiterCheck = 2s;
constexpr std::uint32_t kWaiterChecks = 3;  // missing at all of them: dead
constexpr std::size_t kReadsAtOnce = 16;    // of one pipe, so that no writer starves the others
constexpr std::size_t kReadsAtLast = 4096;  // more than a dead writer's queue can hold

PolicyOptions policy_options(const GroupSettings& settings) {
  const config::DaemonOptions& o = settings.options;
  return {.slots = o.processes,
          .overlap = o.overlap,
          .hopeless = !settings.runtime,
          .startup_timeout = std::chrono::seconds(o.startup_timeout),
          .graceful_timeout = std::chrono::seconds(o.graceful_timeout),
          .eviction_timeout = std::chrono::seconds(o.eviction_timeout),
          .shutdown_timeout = std::chrono::seconds(o.shutdown_timeout)};
}

std::uint64_t milliseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
         static_cast<std::uint64_t>(time.tv_usec) / 1000;
}

Fail cannot(const char* what) { return {ErrorId::supervisor_start, what, errno}; }

}  // namespace

Supervisor::Supervisor(SupervisorPlan plan) : plan_(plan) {
  for (const auto& made : *plan_.groups) {
    groups_.push_back({made.get(),
                       &plan_.logs->of(made->settings.server),
                       Policy(policy_options(made->settings)),
                       {}});
  }
}

Supervisor::~Supervisor() = default;

Status Supervisor::open() {
  for (int number : {SIGINT, SIGHUP, SIGWINCH, SIGPIPE, SIGQUIT}) ::signal(number, SIG_IGN);
  sigset_t ours;
  sigemptyset(&ours);
  for (int number : {SIGTERM, SIGUSR1, SIGCHLD}) sigaddset(&ours, number);
  if (::sigprocmask(SIG_SETMASK, &ours, nullptr) != 0) return cannot("signals cannot be blocked");
  signals_.reset(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return cannot("a descriptor for signals cannot be made");
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return cannot("an epoll set cannot be made");
  if (!watch(signals_.get(), Source::signals, 0) || !watch(plan_.lifeline, Source::lifeline, 0)) {
    return cannot("a descriptor cannot be watched");
  }
  oom_kills_ = OomKills(oom_kills());
  started_ = Clock::now();
  begin_at_ = started_ + plan_.pause;
  return ok();
}

bool Supervisor::watch(int fd, Source source, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(source) << 56 | id;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Supervisor::run() {
  std::array<epoll_event, 64> events;
  const auto finished = [](const Group& group) { return group.policy.finished(); };
  while (!std::all_of(groups_.begin(), groups_.end(), finished)) {
    const int got = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 wait_ms(Clock::now()));
    const Time now = Clock::now();
    // Signals first: the parent says "retired" before it closes the lifeline.
    on_signals(now);
    for (int i = 0; i < got; ++i) {
      const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64 & (~0ULL >> 8);
      switch (static_cast<Source>(events[static_cast<std::size_t>(i)].data.u64 >> 56)) {
        case Source::signals:
          break;
        case Source::lifeline:
          on_lifeline(now);
          break;
        case Source::control:
          on_control(id, now, kReadsAtOnce);
          break;
        case Source::output:
          on_output(id, now, kReadsAtOnce);
          break;
      }
    }
    on_time(now);
  }
}

int Supervisor::wait_ms(Time now) const {
  std::optional<Time> first = begin_at_;
  const auto consider = [&](Time time) {
    if (!first || time < *first) first = time;
  };
  for (const Group& group : groups_) {
    if (const auto next = group.policy.next()) consider(*next);
    if (!group.orphans.empty()) consider(orphans_at_ + kOrphanCheck);
    if (group.policy.waits_for_successor()) consider(successors_at_ + kSuccessorCheck);
    if (group.made->page.bell().waiters.load() != 0) consider(waiters_at_ + kWaiterCheck);
  }
  if (plan_.nudge_signal != 0 && nudges_ < kNudges.size()) consider(started_ + kNudges[nudges_]);
  if (!children_.empty()) consider(memory_at_ + kMemoryCheck);
  for (const auto& [id, child] : children_) {
    if (child->relay.has_dropped()) consider(now + kDroppedCheck);
  }
  if (!first) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - now).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

void Supervisor::all(EventKind kind, Time now) {
  for (std::uint32_t group = 0; group < groups_.size(); ++group) on(group, {.kind = kind}, now);
}

// Its last holder has gone. Nobody is to write to it; who does is not heard.
void Supervisor::on_lifeline(Time now) {
  std::array<char, 64> nothing;
  if (::read(plan_.lifeline, nothing.data(), nothing.size()) != 0) return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, plan_.lifeline, nullptr);
  all(EventKind::lifeline, now);
}

void Supervisor::on_signals(Time now) {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) continue;  // reaped below, after what it said has been read
    if (info.ssi_signo == SIGUSR1) plan_.nudge_signal = 0;
    all(info.ssi_signo == SIGTERM ? EventKind::stop : EventKind::retire, now);
  }
  reap(now);
}

void Supervisor::reap(Time now) {
  int status = 0;
  rusage used{};
  for (pid_t pid; (pid = ::wait4(-1, &status, WNOHANG, &used)) > 0;) {
    const auto it = std::find_if(children_.begin(), children_.end(),
                                 [&](const auto& one) { return one.second->pid == pid; });
    if (it == children_.end()) continue;
    const std::uint64_t id = it->first;
    on_control(id, now, kReadsAtLast);
    on_output(id, now, kReadsAtLast);
    it->second->cpu_ms = milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
    died(id, status, now);
  }
}

void Supervisor::on_control(std::uint64_t id, Time now, std::size_t turns) {
  const auto it = children_.find(id);
  if (it == children_.end() || !it->second->control) return;
  Child& child = *it->second;
  std::array<std::byte, transport::kMaxControl> buffer;
  for (; turns > 0; --turns) {
    auto got = transport::receive_control(child.control.get(), buffer);
    if (!got && (got.error().sys == EAGAIN || got.error().sys == EINTR)) return;
    if (got && got->message.empty()) {
      child.control.reset();  // leaves the set with it
      return;
    }
    message(child, got ? got->message : ByteView{}, now);
  }
}

void Supervisor::on_output(std::uint64_t id, Time now, std::size_t turns) {
  const auto it = children_.find(id);
  if (it == children_.end() || !it->second->output) return;
  Child& child = *it->second;
  std::array<char, 16384> buffer;
  for (; turns > 0; --turns) {
    const ssize_t got = ::read(child.output.get(), buffer.data(), buffer.size());
    if (got < 0) return;
    if (got == 0) {
      child.output.reset();
      return;
    }
    child.relay.feed({buffer.data(), static_cast<std::size_t>(got)}, now);
  }
}

void Supervisor::on_time(Time now) {
  nudge(now);
  if (begin_at_ && now >= *begin_at_) {
    begin_at_.reset();
    begin(now);
  }
  look_for_orphans(now);
  look_for_successors(now);
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    const auto next = groups_[group].policy.next();
    if (next && *next <= now) on(group, {.kind = EventKind::tick}, now);
  }
  for (auto& [id, child] : children_) tell_dropped(*child, now, false);
  sample_memory(now);
  look_for_waiters(now);
}

// An Apache child that is killed while it waits for a permit stays counted; enough of them would
// fill the line for good. The living are asleep at one of several checks.
void Supervisor::look_for_waiters(Time now) {
  if (now < waiters_at_ + kWaiterCheck) return;
  waiters_at_ = now;
  for (Group& group : groups_) {
    const std::uint32_t missing = transport::missing_waiters(group.made->page);
    if (missing == 0) {
      group.waiter_checks = 0;
      continue;
    }
    group.missing = group.waiter_checks == 0 ? missing : std::min(group.missing, missing);
    if (++group.waiter_checks < kWaiterChecks) continue;
    transport::forget_waiters(group.made->page, group.missing);
    group.waiter_checks = 0;
  }
}

// For status pages: resident memory of each slot's occupant.
void Supervisor::sample_memory(Time now) {
  if (now < memory_at_ + kMemoryCheck) return;
  memory_at_ = now;
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  for (const auto& [id, child] : children_) {
    auto& occupant = groups_[child->group].made->page.slot(child->slot).occupant;
    if (occupant.generation.load() != child->generation) continue;
    std::ifstream file("/proc/" + std::to_string(child->pid) + "/statm");
    std::uint64_t size = 0, resident = 0;
    if (file >> size >> resident) occupant.rss.store(resident * page_size);
  }
}

void Supervisor::begin(Time now) {
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    adopt(group);
    on(group, {.kind = EventKind::begin}, now);
  }
}

// After a supervisor has died its daemons go on serving until ours take over.
void Supervisor::adopt(std::uint32_t index) {
  Group& group = groups_[index];
  const Time now = Clock::now();
  for (std::uint32_t slot = 0; slot < group.made->settings.options.processes; ++slot) {
    const auto word = transport::load_word(group.made->page, slot);
    const auto& occupant = group.made->page.slot(slot).occupant;
    const std::uint32_t generation = occupant.generation.load();
    on(index,
       {.kind = EventKind::seed, .slot = slot, .generation = std::max(word.generation, generation)},
       now);
    const auto pid = static_cast<pid_t>(occupant.pid.load());
    const bool serves =
        word.generation != 0 && word.generation == generation && word.state == SlotState::ready;
    if (!serves || pid <= 1 || ::kill(pid, 0) != 0) continue;
    group.orphans.push_back({slot, generation, pid});
    on(index, {.kind = EventKind::adopt, .slot = slot, .generation = generation}, now);
  }
}

void Supervisor::look_for_orphans(Time now) {
  if (now < orphans_at_ + kOrphanCheck) return;
  orphans_at_ = now;
  for (std::uint32_t index = 0; index < groups_.size(); ++index) {
    auto& orphans = groups_[index].orphans;
    for (std::size_t i = 0; i < orphans.size();) {
      const Orphan orphan = orphans[i];
      if (::kill(orphan.pid, 0) == 0 || errno != ESRCH) {
        ++i;
        continue;
      }
      orphans.erase(orphans.begin() + static_cast<std::ptrdiff_t>(i));
      Ending ending;
      ending.known = false;
      ending.was_ready = true;
      groups_[index]
          .made->page.ends()
          .by_cause[static_cast<std::size_t>(Cause::supervisor_gone)]
          .fetch_add(1);
      dying_ = Dying{index, orphan.slot, orphan.generation, orphan.pid, explain(ending)};
      on(index, {.kind = EventKind::exited, .slot = orphan.slot, .generation = orphan.generation},
         now);
      dying_.reset();
    }
  }
}

void Supervisor::look_for_successors(Time now) {
  if (now < successors_at_ + kSuccessorCheck) return;
  successors_at_ = now;
  for (std::uint32_t index = 0; index < groups_.size(); ++index) {
    Group& group = groups_[index];
    if (!group.policy.waits_for_successor()) continue;
    if (group.made->page.state().superseded.load() == 0) continue;
    on(index, {.kind = EventKind::superseded}, now);
  }
}

void Supervisor::nudge(Time now) {
  if (plan_.nudge_signal == 0) return;
  for (; nudges_ < kNudges.size() && now >= started_ + kNudges[nudges_]; ++nudges_) {
    if (::getppid() == plan_.parent) ::kill(plan_.parent, plan_.nudge_signal);
  }
}

void Supervisor::tell_dropped(Child& child, Time now, bool everything) {
  const std::uint64_t dropped = child.relay.take_dropped(now, everything);
  if (dropped == 0) return;
  log(child.group)
      .message(ErrorId::proc_output_dropped,
               who(child) + ": " + std::to_string(dropped) +
                   " lines were dropped; more than 1000 lines a second");
}

}  // namespace wsgi::supervisor
