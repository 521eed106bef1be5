// SPDX-License-Identifier: Apache-2.0
// The acting half of a supervisor: control messages to events, events to actions, actions to
// processes, page and log.
#include <sys/epoll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <span>

#include "supervisor/loop.h"
#include "supervisor/spawn.h"
#include "transport/boot.h"
#include "transport/control.h"
#include "transport/handover.h"
#include "transport/permits.h"
#include "transport/sealed.h"

namespace wsgi::supervisor {
namespace {

using namespace std::chrono_literals;
using transport::StartStep;

constexpr auto kBoardAge = 20ms;

ErrorId step_id(StartStep step) {
  switch (step) {
    case StartStep::chroot:
      return ErrorId::priv_chroot;
    case StartStep::group:
      return ErrorId::priv_setgid;
    case StartStep::supplementary_groups:
      return ErrorId::priv_setgroups;
    case StartStep::user:
      return ErrorId::priv_setuid;
    case StartStep::directory:
      return ErrorId::home_chdir;
    case StartStep::exec:
      return ErrorId::exec_failed;
    case StartStep::threads:
      return ErrorId::thread_create;
    default:
      return ErrorId::daemon_start_failed;
  }
}

bool is_below(std::string_view path, const std::vector<std::string>& targets) {
  if (path.empty() || path[0] != '/' || path.find("/../") != std::string_view::npos) return false;
  return std::any_of(targets.begin(), targets.end(), [&](std::string_view target) {
    while (!target.empty() && target.back() == '/') target.remove_suffix(1);
    return path.starts_with(target) && (path.size() == target.size() || path[target.size()] == '/');
  });
}

std::string seconds(Clock::duration time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
}

}  // namespace

std::string Supervisor::who(const Child& child) const {
  return "process group '" + groups_[child.group].made->name() + "' pid " +
         std::to_string(child.pid);
}

Supervisor::Child* Supervisor::find(std::uint32_t group, std::uint32_t slot,
                                    std::uint32_t generation) {
  for (auto& [id, child] : children_) {
    if (child->group == group && child->slot == slot && child->generation == generation) {
      return child.get();
    }
  }
  return nullptr;
}

// Actions may cause events (a fork that fails); they wait until all actions of this one are done.
void Supervisor::on(std::uint32_t group, const Event& event, Time now) {
  pending_.emplace_back(group, event);
  if (applying_) return;
  applying_ = true;
  applied_.clear();
  while (!pending_.empty()) {
    const auto [index, next] = pending_.front();
    pending_.pop_front();
    for (Action& action : groups_[index].policy.on(next, now)) {
      apply(index, action, now);
      applied_.push_back(std::move(action));
    }
  }
  applying_ = false;
}

void Supervisor::apply(std::uint32_t index, const Action& action, Time now) {
  const DaemonGroup& group = *groups_[index].made;
  const transport::Page& page = group.page;
  Child* child = find(index, action.slot, action.generation);
  switch (action.kind) {
    case ActionKind::spawn:
      start(index, action, now);
      break;
    case ActionKind::drain:
      if (child == nullptr) break;
      if (action.cause != Cause::none) child->cause = action.cause;
      if (child->control) {
        // A daemon whose socket is full does not read; the time limit ends it.
        (void)transport::send_control(child->control.get(),
                                      transport::DrainMessage{action.cause, action.within_ms});
      }
      break;
    case ActionKind::kill:
      if (child == nullptr) break;
      child->killed = true;
      child->cause = action.cause;
      ::kill(child->pid, SIGKILL);
      break;
    case ActionKind::set_ready: {
      auto& occupant = page.slot(action.slot).occupant;
      occupant.pid.store(static_cast<std::uint32_t>(child != nullptr ? child->pid : 0));
      occupant.since_ms.store(wall_us() / 1000);
      occupant.generation.store(action.generation);
      page.state().ever_ready.store(1);
      transport::set_ready(page, action.slot, action.generation);
      break;
    }
    case ActionKind::set_state:
      transport::set_state(page, action.slot, action.state);
      break;
    case ActionKind::record_death:
      if (!dying_) break;
      page.record_death(action.slot, action.generation, static_cast<std::uint32_t>(dying_->pid),
                        dying_->why.how, dying_->why.status,
                        static_cast<std::uint8_t>(dying_->why.cause), dying_->why.brief);
      break;
    case ActionKind::flush:
      transport::flush_handovers(group.pairs[action.slot].receiving.get());
      break;
    case ActionKind::ring:
      transport::ring_all(page);
      break;
    case ActionKind::set_broken:
      page.state().retry_after_s.store((action.within_ms + 999) / 1000);
      page.state().broken.store(action.within_ms != 0);
      transport::ring_all(page);
      break;
    case ActionKind::supersede:
      for (const DaemonGroup* old : group.predecessors) {
        old->page.state().superseded.store(1);
        transport::ring_all(old->page);
      }
      break;
    case ActionKind::say:
      log(index).message(action.id,
                         (child != nullptr ? who(*child) : "process group '" + group.name() + "'") +
                             ": " + action.text);
      break;
    case ActionKind::retry:
    case ActionKind::finish:
      break;
  }
}

void Supervisor::start(std::uint32_t index, const Action& action, Time now) {
  const DaemonGroup& group = *groups_[index].made;
  auto spawned = spawn(group, boot_record(group, action));
  const std::uint64_t id = ++last_id_;
  if (spawned && (!watch(spawned->control.get(), Source::control, id) ||
                  !watch(spawned->output.get(), Source::output, id))) {
    const int error = errno;
    ::kill(spawned->pid, SIGKILL);
    ::waitpid(spawned->pid, nullptr, 0);
    spawned = Fail{ErrorId::daemon_fork, "a daemon cannot be watched", error};
  }
  if (!spawned) {
    log(index).message(spawned.error().id, "process group '" + group.name() +
                                               "': a daemon did not "
                                               "start: " +
                                               describe(spawned.error()));
    pending_.emplace_back(index, Event{.kind = EventKind::fork_failed,
                                       .slot = action.slot,
                                       .generation = action.generation});
    return;
  }
  for (const std::string& warning : spawned->warnings) {
    log(index).message(ErrorId::env_file, Level::warning, warning);
  }
  Log* to = groups_[index].log;
  auto child = std::make_unique<Child>(
      [to](std::string_view line) { to->write(Level::error, LogStream::stderr_, line); });
  child->group = index;
  child->slot = action.slot;
  child->generation = action.generation;
  child->pid = spawned->pid;
  child->control = std::move(spawned->control);
  child->output = std::move(spawned->output);
  child->born = now;
  children_.emplace(id, std::move(child));
}

transport::BootRecord Supervisor::boot_record(const DaemonGroup& group,
                                              const Action& action) const {
  const GroupSettings& settings = group.settings;
  return {.options = settings.options,
          .python = settings.python,
          .slot = action.slot,
          .generation = action.generation,
          .shape = group.page.shape(),
          .imports = settings.imports,
          .warm = warm_list(group),
          .log_level = settings.log_level,
          .case_sensitive = settings.case_sensitive,
          .server_pid = static_cast<std::uint32_t>(plan_.parent),
          .socket_timeout_ms = settings.socket_timeout_ms,
          .apache = settings.apache,
          .server_name = settings.server_name};
}

// READY means warm. The lists lie in pages that applications can write: taken only from processes
// of the same user, and only what this configuration serves.
std::vector<transport::WarmScript> Supervisor::warm_list(const DaemonGroup& group) const {
  const config::DaemonOptions& options = group.settings.options;
  auto list = group.page.warm();
  for (auto it = group.predecessors.begin(); list.empty() && it != group.predecessors.end(); ++it) {
    const config::DaemonOptions& old = (*it)->settings.options;
    if (old.uid == options.uid && old.has_identity == options.has_identity) {
      list = (*it)->page.warm();
    }
  }
  std::erase_if(list, [&](const transport::WarmScript& one) {
    return !is_below(one.script, group.settings.targets);
  });
  return list;
}

void Supervisor::message(Child& child, ByteView bytes, Time now) {
  const auto event = [&](EventKind kind, Cause cause, std::uint32_t within_ms) {
    on(child.group,
       {.kind = kind,
        .slot = child.slot,
        .generation = child.generation,
        .cause = cause,
        .within_ms = within_ms},
       now);
  };
  const auto decoded = transport::decode_control(bytes, transport::Peer::daemon);
  if (!decoded) {
    if (child.rejected) return;
    child.rejected = true;
    log(child.group)
        .message(decoded.error().id,
                 who(child) + ": " + describe(decoded.error()) + "; it is killed");
    event(EventKind::rejected, Cause::none, 0);
  } else if (const auto* failed = std::get_if<transport::FailedMessage>(&*decoded)) {
    child.failed = describe({ErrorId::internal, printable(failed->text), failed->sys});
    child.failed_id = step_id(failed->step);
  } else if (const auto* ready = std::get_if<transport::ReadyMessage>(&*decoded)) {
    on_ready(child, ready->python_version, ready->ipc, now);
  } else if (const auto* record = std::get_if<transport::LogRecord>(&*decoded)) {
    on_log(child, *record, now);
  } else if (const auto* loaded = std::get_if<transport::LoadedMessage>(&*decoded)) {
    groups_[child.group].made->page.add_warm(
        {std::string(loaded->script), std::string(loaded->application_group)});
  } else if (const auto* recycle = std::get_if<transport::RecycleMessage>(&*decoded)) {
    child.cause = recycle->cause;
    event(EventKind::recycle, recycle->cause, 0);
  } else if (const auto* leaving = std::get_if<transport::LeavingMessage>(&*decoded)) {
    if (!child.killed) child.cause = leaving->cause;
    event(EventKind::leaving, leaving->cause, leaving->within_ms);
  } else if (std::holds_alternative<transport::ScoreMessage>(*decoded)) {
    on_score(child, now);
  }
}

// Lines of requests to all virtual hosts are in it: only for a group that was allowed to see them.
// Who asks often gets the same board again.
void Supervisor::on_score(Child& child, Time now) {
  const bool allowed = groups_[child.group].made->settings.options.server_metrics;
  if (!allowed || plan_.scoreboard == nullptr || !*plan_.scoreboard || !child.control) return;
  if (!board_ || now - board_at_ >= kBoardAge) {
    const std::string board = (*plan_.scoreboard)();
    auto file = transport::sealed("wsgi-scoreboard", std::as_bytes(std::span(board)));
    if (!file) return;
    board_ = std::move(*file);
    board_at_ = now;
  }
  // A daemon that does not read waits for nothing.
  (void)transport::send_control(child.control.get(), transport::ScoredMessage{}, board_.get());
}

void Supervisor::on_ready(Child& child, std::string_view version, std::uint16_t ipc, Time now) {
  Event event{.kind = EventKind::ready, .slot = child.slot, .generation = child.generation};
  if (ipc != transport::kIpcVersion) {
    child.failed = "the runtime speaks protocol " + std::to_string(ipc) + ", this module " +
                   std::to_string(transport::kIpcVersion) +
                   "; `wsgictl runtime build` makes a fitting one";
    event.kind = EventKind::rejected;
  } else if (!child.ready && !child.killed) {
    // One that was killed before its word was read has never had a request to lose.
    child.ready = true;
    log(child.group)
        .message(ErrorId::proc_start,
                 who(child) + ": ready after " + seconds(now - child.born) + ", Python " +
                     printable(version) +
                     ", uid=" + std::to_string(groups_[child.group].made->settings.options.uid) +
                     ", " + std::to_string(groups_[child.group].made->settings.options.threads) +
                     " threads");
  }
  on(child.group, event, now);
  memory_at_ = {};  // look at once
}

void Supervisor::on_log(Child& child, const transport::LogRecord& record, Time now) {
  Log& to = log(child.group);
  if (!to.enabled(record.level) || !child.relay.admit(now)) return;
  to.write_from({record.file, record.line}, record.level, record.stream, record.text);
}

void Supervisor::died(std::uint64_t id, int status, Time now) {
  const std::unique_ptr<Child> child = std::move(children_[id]);
  children_.erase(id);
  child->relay.end(now);
  tell_dropped(*child, now, true);
  const transport::Page& page = groups_[child->group].made->page;
  Ending ending{.status = status,
                .was_ready = child->ready || child->cause == Cause::finished,
                .killed = child->killed,
                .cause = child->cause,
                .cpu_ms = child->cpu_ms,
                .cpu_limit_s = groups_[child->group].made->settings.options.cpu_time_limit,
                .failed = child->failed,
                .failed_id = child->failed_id,
                .last_words = child->relay.tail()};
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !child->killed) {
    ending.out_of_memory = oom_kills_.killed(oom_kills(), now);
  }
  if (ending.was_ready) {
    ending.flights = read_flights(page, child->slot, child->generation, wall_us());
  }
  const Explanation why = explain(ending);
  page.ends().by_cause[static_cast<std::size_t>(why.cause)].fetch_add(1);
  dying_ = Dying{child->group, child->slot, child->generation, child->pid, why};
  on(child->group,
     {.kind = EventKind::exited, .slot = child->slot, .generation = child->generation}, now);
  dying_.reset();
  log_death(*child, why, applied_);
}

void Supervisor::log_death(const Child& child, const Explanation& why,
                           const std::vector<Action>& actions) {
  std::string then;
  for (const Action& action : actions) {
    if (action.slot != child.slot) continue;
    if (action.kind == ActionKind::spawn) then = "; a replacement is started";
    if (action.kind == ActionKind::retry) {
      then = "; the next start is in " + std::to_string((action.within_ms + 999) / 1000) + " s";
    }
  }
  log(child.group).message(why.id, who(child) + ": " + why.text + then);
}

}  // namespace wsgi::supervisor
