// SPDX-License-Identifier: Apache-2.0
// A process group of one generation: what the configuration says of it, and the objects that its
// processes share. Made by the parent, owned by its Generation on the heap, never in the
// configuration's memory; supervisor and children have their own copy by fork.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/level.h"
#include "base/log.h"
#include "config/settings.h"
#include "transport/client.h"
#include "transport/handover.h"
#include "transport/page.h"

namespace wsgi::supervisor {

struct GroupSettings {
  config::DaemonOptions options;
  config::PythonSettings python;
  // The daemon executable, opened when the configuration was read (O_PATH or O_RDONLY, with
  // O_CLOEXEC). None: the group is broken from the start and `problem` says why.
  Fd runtime;
  std::string runtime_path;  // for texts and the settings hash
  std::string problem;
  std::uint32_t server = 0;  // index for Logs: the server that declared the group
  std::string server_name;
  config::ApacheFacts apache;
  Level log_level = Level::warning;            // of that server
  std::uint32_t socket_timeout_ms = 0;         // resolved; 0 none
  bool case_sensitive = true;                  // WSGICaseSensitivity
  std::uint32_t server_uid = 0;                // Apache's User: decides the working directory
  std::vector<transport::WarmScript> imports;  // WSGIImportScript of this group, in order
  std::uint64_t open_files = 0;  // soft RLIMIT_NOFILE of its daemons; 0: the supervisor's
  // Files and folders from which this configuration serves scripts; a warm list of a predecessor
  // is cut to what lies there.
  std::vector<std::string> targets;
};

struct DaemonGroup {
  GroupSettings settings;
  transport::SettingsHash hash{};
  transport::Page page;
  std::vector<transport::HandOverPair> pairs;  // one for each slot
  // The bridge: the previous generation's group, if its settings are equal and it can serve. Null
  // once that generation has been released in this process.
  const DaemonGroup* elder = nullptr;
  // Pages of the same name in all generations that still live; the first READY here ends them.
  std::vector<const DaemonGroup*> predecessors;

  // False: of a configuration that went, while its successor's groups could not be made.
  bool configured = true;

  const std::string& name() const { return settings.options.name; }
};

// Page and sending ends as a child's GroupClient wants them; borrowed from the group.
transport::GroupEnds ends_of(const DaemonGroup& group);

// The log of each server of the configuration; index as in GroupSettings::server, out of range =
// the main server. Used by the supervisor only, in its own process.
class Logs {
 public:
  virtual Log& of(std::uint32_t server) = 0;
  virtual ~Logs() = default;
};

}  // namespace wsgi::supervisor
