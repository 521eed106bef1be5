// SPDX-License-Identifier: Apache-2.0
// Finding and reading pages; see pages.h. Everything in a page is the application's to forge, so
// text is escaped and states are looked up, never used as an index unchecked.
#include "observe/pages.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/fd.h"
#include "diag/text.h"
#include "json/json.h"
#include "transport/page.h"
#include "transport/permits.h"
#include "transport/snapshot.h"

namespace wsgictl::observe {
namespace {

using wsgi::transport::Page;
using wsgi::transport::SlotState;
using wsgi::transport::SlotWord;

constexpr std::string_view kPrefix = "/memfd:wsgi-page:";
constexpr std::string_view kSuffix = " (deleted)";

const char* word(SlotState state) {
  switch (state) {
    case SlotState::starting:
      return "starting";
    case SlotState::ready:
      return "ready";
    case SlotState::fading:
      return "fading";
    case SlotState::draining:
      return "draining";
    case SlotState::broken:
      return "broken";
    default:
      return "stopped";
  }
}

std::string death_text(const wsgi::transport::SlotDeath& death) {
  if (death.generation.load() == 0) return "";
  const auto how = static_cast<wsgi::transport::DeathHow>(death.how.load());
  if (how == wsgi::transport::DeathHow::none) return "";
  const std::string_view text(death.text, ::strnlen(death.text, sizeof death.text));
  return fmt::format("process {} ended by {} {}{}{}", death.pid.load(),
                     how == wsgi::transport::DeathHow::signal ? "signal" : "exit",
                     death.status.load(), text.empty() ? "" : ": ", diag::escape(text));
}

GroupStatus read(const OpenPage& open) {
  const Page& page = open.page;
  GroupStatus group;
  group.name = diag::escape(open.name);
  group.born_ms = page.birth().born_ms;
  group.superseded = page.state().superseded.load() != 0;
  group.broken = page.state().broken.load() != 0;
  group.retry_after_s = page.state().retry_after_s.load();
  group.waiters = page.bell().waiters.load();
  group.backlog = page.shape().backlog;
  group.threads = page.shape().threads;
  group.waits = page.counts().waits.load();
  group.wait_us = page.counts().wait_us.load();
  group.refused_full = page.counts().refused_full.load();
  group.refused_broken = page.counts().refused_broken.load();
  for (std::size_t cause = 0; cause < wsgi::transport::kEndCauses; ++cause)
    if (const auto count = page.ends().by_cause[cause].load(); count != 0)
      group.ended.emplace_back(wsgi::transport::end_name(cause), count);
  for (std::size_t i = 0; i < page.shape().slots; ++i) {
    wsgi::transport::Slot& slot = page.slot(i);
    const SlotWord state = SlotWord::unpack(page.word(i).load());
    SlotStatus status;
    status.state = word(state.state);
    status.generation = state.generation;
    status.in_use = state.in_use;
    status.pid = slot.occupant.pid.load();
    status.since_ms = slot.occupant.since_ms.load();
    status.served = slot.counts.served.load();
    status.failed = slot.counts.failed.load();
    status.rss = slot.occupant.rss.load();
    status.last_death = death_text(slot.death);
    group.slots.push_back(std::move(status));
  }
  return group;
}

std::vector<pid_t> children(pid_t parent) {
  std::ifstream list(fmt::format("/proc/{0}/task/{0}/children", parent));
  std::vector<pid_t> pids;
  for (pid_t child = 0; list >> child;) pids.push_back(child);
  return pids;
}

using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> executable_of(pid_t pid) {
  struct stat info;
  if (::stat(fmt::format("/proc/{}/exe", pid).c_str(), &info) != 0) return std::nullopt;
  return FileId{info.st_dev, info.st_ino};
}

class Search {
 public:
  explicit Search(pid_t parent) {
    const auto executable = executable_of(parent);
    apache_.insert(parent);
    for (const pid_t child : children(parent))
      if (executable && executable_of(child) == executable) apache_.insert(child);
    look_into(parent);
  }

  OpenPages take() {
    std::erase_if(found_.pages, [&](const OpenPage& page) {
      return std::none_of(page.holders.begin(), page.holders.end(),
                          [&](pid_t pid) { return apache_.contains(pid); });
    });
    std::stable_sort(found_.pages.begin(), found_.pages.end(),
                     [](const OpenPage& a, const OpenPage& b) {
                       if (a.name != b.name) return a.name < b.name;
                       return a.page.birth().born_ms > b.page.birth().born_ms;
                     });
    return std::move(found_);
  }

 private:
  void look_into(pid_t pid) {
    if (!seen_.insert(pid).second) return;
    descriptors_of(pid);
    for (const pid_t child : children(pid)) look_into(child);
  }

  void descriptors_of(pid_t pid) {
    const std::string folder = fmt::format("/proc/{}/fd", pid);
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
    if (!open) {
      // A process that has gone meanwhile is none of our business.
      if (errno == EACCES || errno == EPERM) found_.permitted = false;
      return;
    }
    while (const dirent* entry = ::readdir(open.get())) one(pid, folder + "/" + entry->d_name);
  }

  void one(pid_t pid, const std::string& path) {
    char target[512];
    const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
    if (n <= 0) return;
    std::string_view name(target, static_cast<std::size_t>(n));
    if (!name.starts_with(kPrefix)) return;
    name.remove_prefix(kPrefix.size());
    if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
    const wsgi::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info;
    if (!fd || ::fstat(fd.get(), &info) != 0) return;
    // The same page is among the descriptors of many processes.
    const auto [at, fresh] = inodes_.insert({{info.st_dev, info.st_ino}, found_.pages.size()});
    if (!fresh) {
      if (at->second < found_.pages.size()) found_.pages[at->second].holders.push_back(pid);
      return;
    }
    auto page = Page::map_foreign(fd.get());
    if (page) {
      found_.pages.push_back({std::string(name), std::move(*page), {pid}});
    } else {
      at->second = SIZE_MAX;  // not a page of ours
    }
  }

  std::set<pid_t> seen_;
  std::set<pid_t> apache_;                // the parent, its children and its supervisors
  std::map<FileId, std::size_t> inodes_;  // index of the page
  OpenPages found_;
};

template <typename F>
std::uint64_t sum(const std::vector<SlotStatus>& slots, F&& member) {
  std::uint64_t total = 0;
  for (const SlotStatus& slot : slots) total += member(slot);
  return total;
}

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

}  // namespace

std::uint64_t GroupStatus::in_use() const {
  return sum(slots, [](const SlotStatus& s) { return s.in_use; });
}
std::uint64_t GroupStatus::served() const {
  return sum(slots, [](const SlotStatus& s) { return s.served; });
}
std::uint64_t GroupStatus::failed() const {
  return sum(slots, [](const SlotStatus& s) { return s.failed; });
}
std::uint64_t GroupStatus::memory() const {
  return sum(slots, [](const SlotStatus& s) { return s.rss; });
}
std::size_t GroupStatus::ready() const {
  return sum(slots, [](const SlotStatus& s) { return s.state == "ready" ? 1u : 0u; });
}

OpenPages open_pages(pid_t parent) { return Search(parent).take(); }

Pages read_pages(pid_t parent) {
  const OpenPages open = open_pages(parent);
  Pages pages;
  pages.permitted = open.permitted;
  for (const OpenPage& page : open.pages) pages.groups.push_back(read(page));
  return pages;
}

Json to_json(const GroupStatus& group) {
  Json slots = Json::array();
  for (const SlotStatus& slot : group.slots)
    slots.push_back({{"state", slot.state},
                     {"pid", slot.pid},
                     {"generation", slot.generation},
                     {"in_use", slot.in_use},
                     {"since_ms", slot.since_ms},
                     {"served", slot.served},
                     {"failed", slot.failed},
                     {"rss", slot.rss},
                     {"last_death", slot.last_death}});
  Json ended = Json::object();
  for (const auto& [cause, count] : group.ended) ended[cause] = count;
  return {{"name", group.name},
          {"born_ms", group.born_ms},
          {"superseded", group.superseded},
          {"broken", group.broken},
          {"retry_after_s", group.retry_after_s},
          {"waiters", group.waiters},
          {"backlog", group.backlog},
          {"threads", group.threads},
          {"in_use", group.in_use()},
          {"served", group.served()},
          {"failed", group.failed()},
          {"waits", group.waits},
          {"wait_us", group.wait_us},
          {"refused_full", group.refused_full},
          {"refused_broken", group.refused_broken},
          {"ended", ended},
          {"memory", group.memory()},
          {"slots", slots}};
}

std::string to_text(const GroupStatus& group) {
  std::string out = fmt::format(
      "group {}{}: {} of {} processes ready, {} of {} threads busy, {} waiting, {} served, {} "
      "failed, {}\n",
      group.name,
      group.superseded ? " (earlier configuration, finishing)"
      : group.broken   ? fmt::format(" BROKEN, next try in {} s", group.retry_after_s)
                       : "",
      group.ready(), group.slots.size(), group.in_use(),
      std::uint64_t{group.threads} * group.slots.size(), group.waiters, group.served(),
      group.failed(), mebibytes(group.memory()));
  for (std::size_t i = 0; i < group.slots.size(); ++i) {
    const SlotStatus& slot = group.slots[i];
    out += fmt::format("  slot {}: {:<8} pid {:<7} {} busy, {} served, {} failed{}{}\n", i,
                       slot.state, slot.pid, slot.in_use, slot.served, slot.failed,
                       slot.last_death.empty() ? "" : "; last: ", slot.last_death);
  }
  return out;
}

std::string memory_text(const std::vector<GroupStatus>& groups) {
  std::uint64_t all = 0, earlier = 0;
  for (const GroupStatus& group : groups) {
    all += group.memory();
    if (group.superseded) earlier += group.memory();
  }
  if (all == 0) return "";
  return fmt::format("memory of all groups: {}{}\n", mebibytes(all),
                     earlier == 0 ? ""
                                  : fmt::format(", {} of it in processes of an earlier "
                                                "configuration, until their requests end",
                                                mebibytes(earlier)));
}

}  // namespace wsgictl::observe
