// SPDX-License-Identifier: Apache-2.0
#include "supervisor/generations.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "supervisor/descriptors.h"
#include "supervisor/listening.h"
#include "supervisor/loop.h"
#include "supervisor/settings_hash.h"
#include "supervisor/title.h"
#include "transport/permits.h"

namespace wsgi::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr auto kSoonDead = 10s;  // a supervisor that lived less makes its successor pause
constexpr auto kPauseMost = 20s;
constexpr auto kStopExtra = 1s;

int nudge_signal() { return SIGRTMIN + 6; }

// The parent only needs its sleep interrupted: hence a handler, and no SA_RESTART.
void install_nudge() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  ::sigaction(nudge_signal(), &action, nullptr);
}

transport::PageShape shape_of(const config::DaemonOptions& options) {
  return {.slots = static_cast<std::uint16_t>(options.processes),
          .threads = options.threads,
          .backlog = options.listen_backlog};
}

Result<std::unique_ptr<DaemonGroup>> make_group(GroupSettings settings) {
  auto group = std::make_unique<DaemonGroup>();
  group->settings = std::move(settings);
  group->hash = settings_hash(group->settings);
  const config::DaemonOptions& options = group->settings.options;
  WSGI_ASSIGN(group->page, transport::Page::create(options.name, shape_of(options), group->hash));
  for (std::uint32_t slot = 0; slot < options.processes; ++slot) {
    WSGI_ASSIGN(transport::HandOverPair pair, transport::make_handover_pair(options.threads));
    group->pairs.push_back(std::move(pair));
  }
  return group;
}

void supersede(const DaemonGroup& group) {
  group.page.state().superseded.store(1);
  transport::ring_all(group.page);
}

std::chrono::seconds stop_time(const DaemonGroup& group) {
  const std::chrono::seconds limit(group.settings.options.shutdown_timeout);
  return limit == 0s ? kStopMost : std::min<std::chrono::seconds>(limit, kStopMost);
}

}  // namespace

transport::GroupEnds ends_of(const DaemonGroup& group) {
  transport::GroupEnds ends{.page = &group.page, .sending = {}};
  for (const auto& pair : group.pairs) ends.sending.push_back(pair.sending.get());
  return ends;
}

Generations::Generations() : daemon_files_(descriptor_limit().soft) {}
Generations::~Generations() = default;

const Generation* Generations::current() const {
  if (all_.empty() || all_.back()->retired) return nullptr;
  return all_.back().get();
}

const DaemonGroup* Generations::find(std::string_view name) const {
  const Generation* generation = current();
  if (generation == nullptr) return nullptr;
  for (const auto& group : generation->groups) {
    if (group->configured && group->name() == name) return group.get();
  }
  return nullptr;
}

Result<pid_t> Generations::start(std::vector<GroupSettings> groups, Surroundings surroundings) {
  successor_awaited_ = false;
  compare_with(groups);
  auto made = make(std::move(groups), surroundings);
  if (!made) {
    if (current() != nullptr) all_.back()->surroundings = std::move(surroundings);
    return std::move(made).error();
  }
  Generation& fresh = **made;
  fresh.surroundings = std::move(surroundings);
  retire();
  link(fresh);
  all_.push_back(std::move(*made));
  if (fresh.groups.empty()) return pid_t{0};
  install_nudge();
  return fork_supervisor(fresh, 0ms);
}

// If its successor fails, the current generation serves what the configuration still says.
void Generations::compare_with(const std::vector<GroupSettings>& fresh) {
  if (current() == nullptr) return;
  for (auto& group : all_.back()->groups) {
    const auto same = std::find_if(fresh.begin(), fresh.end(), [&](const GroupSettings& one) {
      return one.options.name == group->name() && settings_hash(one) == group->hash;
    });
    group->configured = same != fresh.end();
    group->settings.server = group->configured ? same->server : 0;
  }
}

Result<std::unique_ptr<Generation>> Generations::make(std::vector<GroupSettings> groups,
                                                      const Surroundings& surroundings) {
  if (!groups.empty()) WSGI_TRY(make_room(groups, surroundings));
  auto fresh = std::make_unique<Generation>();
  fresh->number = ++last_number_;
  for (GroupSettings& settings : groups) {
    settings.open_files = daemon_files_;
    WSGI_ASSIGN(auto group, make_group(std::move(settings)));
    fresh->groups.push_back(std::move(group));
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Fail{ErrorId::supervisor_start, "the pipe to a supervisor cannot be made", errno};
  }
  fresh->lifeline_read.reset(ends[0]);
  fresh->lifeline_write.reset(ends[1]);
  return fresh;
}

Status Generations::make_room(const std::vector<GroupSettings>& groups,
                              const Surroundings& surroundings) {
  DescriptorUse use;
  for (const auto& generation : all_) {
    std::uint64_t slots = 0;
    for (const auto& group : generation->groups) slots += group->pairs.size();
    use.living += held_by_parent(generation->groups.size(), slots);
  }
  use.groups = groups.size();
  std::uint64_t counted = 0;  // among the open, and as what the new generation will hold
  for (const auto& group : groups) {
    use.slots += group.options.processes;
    counted += group.runtime ? 1 : 0;
  }
  use.open = std::max(open_descriptors(), counted) - counted;
  use.child_threads = surroundings.child_threads;
  const DescriptorLimit limit = descriptor_limit();
  WSGI_ASSIGN(const DescriptorPlan plan, plan_descriptors(count_descriptors(use), limit));
  const rlimit wanted{plan.soft, limit.hard};
  if (plan.soft != limit.soft && ::setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
    return Fail{ErrorId::cfg_descriptors, "the descriptor limit cannot be raised", errno};
  }
  if (!plan.warning.empty()) {
    surroundings.logs->of(0).message(ErrorId::descriptor_limit, plan.warning);
  }
  return ok();
}

Result<pid_t> Generations::retry() {
  if (in_child_ || stopping_ || current() == nullptr) return pid_t{0};
  Generation& generation = *all_.back();
  if (generation.supervisor > 0 || generation.groups.empty()) return pid_t{0};
  return fork_supervisor(generation, 0ms);
}

// Who may be used until the fresh processes are ready, and who has no successor at all.
void Generations::link(Generation& fresh) {
  for (auto& group : fresh.groups) {
    for (auto old = all_.rbegin(); old != all_.rend(); ++old) {
      for (const auto& other : (*old)->groups) {
        if (other->name() != group->name()) continue;
        group->predecessors.push_back(other.get());
        const auto& state = other->page.state();
        if (other->hash != group->hash || state.superseded.load() != 0) continue;
        // Of several, one that serves; restarts may follow faster than an application starts.
        const bool serves =
            group->elder != nullptr && group->elder->page.state().ever_ready.load() != 0;
        if (!serves && (group->elder == nullptr || state.ever_ready.load() != 0)) {
          group->elder = other.get();
        }
      }
    }
  }
  for (const auto& old : all_) {
    for (const auto& other : old->groups) {
      const bool followed = std::any_of(fresh.groups.begin(), fresh.groups.end(),
                                        [&](auto& one) { return one->name() == other->name(); });
      if (!followed) supersede(*other);
    }
  }
}

void Generations::leave_configuration() {
  if (!in_child_ && !all_.empty()) all_.back()->surroundings = {};
}

void Generations::retire_unless_awaited() {
  const Generation* last = current();
  if (in_child_ || stopping_ || successor_awaited_ || last == nullptr) return;
  for (const auto& group : last->groups) supersede(*group);  // nobody else will
  retire();
}

void Generations::retire() {
  if (in_child_ || all_.empty() || all_.back()->retired) return;
  Generation& generation = *all_.back();
  generation.retired = true;
  // In this order: a lifeline that ends without a word means that the parent has died.
  if (generation.supervisor > 0) ::kill(generation.supervisor, SIGUSR1);
  generation.lifeline_write.reset();
  generation.surroundings = {};
  if (generation.supervisor <= 0) release(all_.size() - 1);
}

Result<pid_t> Generations::on_exit(pid_t pid, int status, Log& log) {
  if (in_child_ || pid <= 0) return pid_t{0};
  const auto it = std::find_if(all_.begin(), all_.end(),
                               [&](const auto& one) { return one->supervisor == pid; });
  if (it == all_.end()) return pid_t{0};
  Generation& generation = **it;
  generation.supervisor = 0;
  if (stopping_) return pid_t{0};
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  std::string text =
      "the supervisor of the daemon processes, pid " + std::to_string(pid) +
      (WIFSIGNALED(status) ? ", died of signal " + std::to_string(WTERMSIG(status))
                           : ", ended with exit code " + std::to_string(WEXITSTATUS(status)));
  if (generation.retired) {
    if (!clean) log.message(ErrorId::supervisor_exit, text + "; its generation was retired");
    release(static_cast<std::size_t>(it - all_.begin()));
    return pid_t{0};
  }
  std::chrono::milliseconds pause = 0ms;
  if (Clock::now() - generation.forked_at < kSoonDead) {
    pause = std::min<std::chrono::milliseconds>(1s * (1u << std::min(generation.quick_deaths, 5u)),
                                                kPauseMost);
    ++generation.quick_deaths;
  } else {
    generation.quick_deaths = 0;
  }
  log.message(ErrorId::supervisor_exit,
              text + "; its daemons serve on, another is started" +
                  (pause > 0ms ? " and waits " + std::to_string(pause / 1s) + " s" : ""));
  return fork_supervisor(generation, pause);
}

void Generations::release(std::size_t index) {
  const std::unique_ptr<Generation> gone = std::move(all_[index]);
  all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(index));
  for (const auto& old : gone->groups) {
    supersede(*old);
    for (const auto& generation : all_) {
      for (const auto& group : generation->groups) {
        if (group->elder == old.get()) group->elder = nullptr;
        std::erase(group->predecessors, old.get());
      }
    }
  }
}

Result<pid_t> Generations::fork_supervisor(Generation& generation,
                                           std::chrono::milliseconds pause) {
  const pid_t parent = ::getpid();
  // A signal for the supervisor must not meet the parent's handlers in it.
  sigset_t everything, before;
  sigfillset(&everything);
  ::sigprocmask(SIG_SETMASK, &everything, &before);
  const pid_t pid = ::fork();
  if (pid == 0) be_supervisor(generation, pause, parent);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return Fail{ErrorId::supervisor_start, "fork of a supervisor failed", error};
  generation.supervisor = pid;
  generation.forked_at = Clock::now();
  return pid;
}

void Generations::be_supervisor(Generation& generation, std::chrono::milliseconds pause,
                                pid_t parent) {
  ::setpgid(0, 0);
  set_title("wsgi-supervisor",
            "(wsgi: supervisor of generation " + std::to_string(generation.number) + ")");
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  close_listening_sockets(generation.surroundings.listeners ? generation.surroundings.listeners()
                                                            : std::vector<int>{});
  for (const auto& other : all_) {
    const bool own = other.get() == &generation;
    other->lifeline_write.reset();
    if (!own) other->lifeline_read.reset();
    for (const auto& group : other->groups) {
      for (auto& pair : group->pairs) {
        pair.sending.reset();
        if (!own) pair.receiving.reset();
      }
      // Restarts may follow faster than transfers end: what each of the living has would add up.
      if (!own) {
        group->page.close_fd();
        group->settings.runtime.reset();
      }
    }
  }
  Logs& logs = *generation.surroundings.logs;
  Supervisor supervisor({.groups = &generation.groups,
                         .logs = &logs,
                         .scoreboard = &generation.surroundings.scoreboard,
                         .lifeline = generation.lifeline_read.get(),
                         .parent = parent,
                         .nudge_signal = nudge_signal(),
                         .pause = pause});
  if (Status opened = supervisor.open(); !opened) {
    logs.of(0).fail(opened.error());
    ::_exit(1);
  }
  supervisor.run();
  ::_exit(0);
}

void Generations::begin_stop() {
  if (in_child_ || stopping_) return;
  stopping_ = true;
  for (const auto& generation : all_) {
    if (generation->supervisor > 0) ::kill(generation->supervisor, SIGTERM);
  }
}

void Generations::stop() {
  if (in_child_) return;
  begin_stop();
  std::chrono::milliseconds limit = 0ms;
  for (const auto& generation : all_) {
    if (generation->supervisor <= 0) continue;
    for (const auto& group : generation->groups) {
      limit = std::max<std::chrono::milliseconds>(limit, stop_time(*group) + kStopExtra);
    }
  }
  const Deadline deadline = Deadline::in(limit);
  const timespec turn{0, 2'000'000};
  for (const auto& generation : all_) {
    pid_t& pid = generation->supervisor;
    while (pid > 0) {
      const pid_t got = ::waitpid(pid, nullptr, WNOHANG);
      if (got == pid || (got < 0 && errno != EINTR)) {
        pid = 0;
      } else if (deadline.expired()) {
        ::kill(-pid, SIGKILL);  // its process group: the daemons are in it
        ::waitpid(pid, nullptr, 0);
        pid = 0;
      } else {
        ::nanosleep(&turn, nullptr);
      }
    }
  }
  all_.clear();
}

void Generations::enter_child() {
  in_child_ = true;
  ::signal(nudge_signal(), SIG_DFL);
  const Generation* now = current();
  for (const auto& generation : all_) {
    generation->lifeline_read.reset();
    for (const auto& group : generation->groups) {
      bool used = generation.get() == now;
      if (now != nullptr && !used) {
        used = std::any_of(now->groups.begin(), now->groups.end(),
                           [&](const auto& one) { return one->elder == group.get(); });
      }
      for (auto& pair : group->pairs) {
        pair.receiving.reset();
        if (!used) pair.sending.reset();
      }
    }
  }
}

}  // namespace wsgi::supervisor
