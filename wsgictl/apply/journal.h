// SPDX-License-Identifier: Apache-2.0
// What makes a transaction survive a kill at any point: journal.json says which step is under way
// and how every touched path looked before; copies of the old contents lie in transaction/ (0700).
// The journal is replaced atomically before each step and removed at the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/store.h"
#include "sys/files.h"

namespace wsgictl::apply {

// In this order. `writing` and later: files may have been touched; `reloading`: the server may run
// with them.
enum class Step { writing, reloading };

struct Undo {
  std::string path;  // not below --root
  bool existed = false;
  bool link = false;
  int mode = 0;
  std::string copy;  // name below the state folder, "" if it did not exist
};

struct Record {
  int generation = 0;  // that was to become the live one
  Step step = Step::writing;
  bool was_running = false;
  std::string user, command, since;
  std::vector<Undo> undo;  // in the order of writing
};

class Journal {
 public:
  Journal(sys::Files& files, plan::Store& store) : files_(files), store_(store) {}

  // Nothing if no transaction is unfinished.
  sys::Result<std::optional<Record>> read();
  // Keeps the present contents of PATHS, in this order, and returns what undoes changes to them.
  sys::Result<std::vector<Undo>> keep(const std::vector<std::string>& paths,
                                      const std::string& root);
  sys::Status write(const Record& record);
  // Puts all paths back, last first. Goes on after a failure, so that as much as possible is right.
  sys::Status undo(const Record& record, const std::string& root);
  sys::Status clear();

 private:
  sys::Files& files_;
  plan::Store& store_;
};

}  // namespace wsgictl::apply
