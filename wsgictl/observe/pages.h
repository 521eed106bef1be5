// SPDX-License-Identifier: Apache-2.0
// State of the daemon process groups of a running Apache, read from their shared pages: memfds
// named wsgi-page:GROUP among the descriptors of Apache's processes. Needs no configuration; needs
// the permission to look at those processes. Read-only mappings, nothing is waited for. A page that
// only daemons hold is not shown: any application can make a memfd of that name. Source:
// daemon-ipc.md, sections 2 and 3.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "json/json.h"
#include "transport/page.h"

namespace wsgictl::observe {

struct SlotStatus {
  std::string state;  // ready, starting, …
  std::uint32_t generation = 0, in_use = 0, pid = 0;
  std::uint64_t since_ms = 0;  // of the process, since the epoch; 0 = no process
  std::uint64_t served = 0, failed = 0;
  std::uint64_t rss = 0;   // resident bytes of the process, some seconds old
  std::string last_death;  // "signal 9 (…)", "" if none
};

struct GroupStatus {
  std::string name;
  std::uint64_t born_ms = 0;
  bool superseded = false;  // of an earlier configuration, finishing its requests
  bool broken = false;
  std::uint32_t retry_after_s = 0, waiters = 0, backlog = 0, threads = 0;
  // Since the page was made, that is since Apache was started or reloaded.
  std::uint64_t waits = 0, wait_us = 0;                      // for a free thread
  std::uint64_t refused_full = 0, refused_broken = 0;        // answered 503
  std::vector<std::pair<std::string, std::uint32_t>> ended;  // processes: cause and how many
  std::vector<SlotStatus> slots;

  std::uint64_t memory() const;  // resident bytes of all its processes
  std::uint64_t in_use() const;
  std::uint64_t served() const;
  std::uint64_t failed() const;
  std::size_t ready() const;
};

struct Pages {
  std::vector<GroupStatus> groups;  // by name, the newest of a name first
  bool permitted = true;            // false: some process could not be looked into
};

// Looks into PARENT, which is Apache's, and all its descendants.
Pages read_pages(pid_t parent);

// A page and the processes that hold it.
struct OpenPage {
  std::string name;  // as in the configuration, not escaped
  wsgi::transport::Page page;
  std::vector<pid_t> holders;
};
struct OpenPages {
  std::vector<OpenPage> pages;  // by name, the newest of a name first
  bool permitted = true;
};
OpenPages open_pages(pid_t parent);

// What the groups take together, and how much of it is of earlier configurations that still finish
// their requests; "" for none.
std::string memory_text(const std::vector<GroupStatus>& groups);

Json to_json(const GroupStatus& group);
std::string to_text(const GroupStatus& group);

}  // namespace wsgictl::observe
