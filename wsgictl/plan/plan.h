// SPDX-License-Identifier: Apache-2.0
// What applying would change: desired files against the recorded generation and the disk. Reads,
// changes nothing. Only files that wsgictl recorded are ever changed or removed; a file of somebody
// else in the way, or one of ours that was edited, is an error with both sides named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/rendered.h"
#include "diag/diagnostic.h"
#include "plan/generation.h"
#include "sys/files.h"

namespace wsgictl::plan {

enum class Action { none, create, change, remove };

struct FileChange {
  Action action = Action::none;
  std::string path;  // not below --root
  bool link = false, old_link = false;
  bool sensitive = false;
  int mode = 0, old_mode = 0;
  std::optional<std::string> before;  // content on disk, or a link's target
  std::optional<std::string> after;
  std::vector<diag::Mark> origins;  // of the lines of `after`
};

// What the server has to do for it.
enum class ServerAction { none, reload, stays_stopped };

struct Plan {
  std::vector<FileChange> files;    // all files, unchanged ones too, in the order rendered
  std::vector<FileChange> modules;  // links that switch modules on; never switched off again
  std::vector<std::string> modules_enabled;  // their names
  Generation generation;                     // what would be recorded; its number is the next one
  std::vector<conf::RenderedFile> contents;  // of generation.files, same order
  ServerAction server = ServerAction::none;
  std::string server_reason;

  bool has_changes() const;
  int count(Action action) const;
};

struct Input {
  std::string root = "/";
  std::vector<conf::RenderedFile> desired;
  std::vector<HealthTarget> targets;
  std::vector<std::string> groups;
  std::vector<std::string> definition;
  bool take_over = false;  // overwrite what was edited; files of others never
};

struct Planned {
  std::optional<Plan> plan;  // nothing if a file of somebody else or an edited one is in the way
  std::string conflicts;     // then: what overwriting would do to the edited files, as diffs
};

// Diagnostics name every file that is in the way.
Planned make(const Input& input, const Generation& current, sys::Files& files,
             diag::Diagnostics& diagnostics);

// Files of the live generation that are not on disk as they were written.
struct Drift {
  std::string path;
  std::string what;  // "edited", "removed", "mode is 0666, not 0644"
};
std::vector<Drift> drift(const Generation& current, const std::string& root, sys::Files& files);

// "shop.yaml:12"; "" for the empty mark.
std::string place(const diag::Mark& mark);

}  // namespace wsgictl::plan
