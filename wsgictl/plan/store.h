// SPDX-License-Identifier: Apache-2.0
// The state folder (/var/lib/wsgictl below --root): which generation is live, copies of the last
// 20, the history. current.json names the live one; replacing that file is the moment of commit.
// Layout: current.json, generations/N/{manifest.json, files/0001…} (0700: environment files are
// among them), history.jsonl, journal.json, lock; apps/ belongs to the rendered files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/rendered.h"
#include "json/json.h"
#include "plan/generation.h"
#include "sys/files.h"

namespace wsgictl::plan {

inline constexpr int kKeptGenerations = 20;

class Store {
 public:
  // FOLDER is absolute and already below --root.
  Store(sys::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  // Makes the folders; 0755 at the top, since Apache's children look below apps/.
  sys::Status prepare();

  // The live generation; number 0 if nothing was applied. Fails if the record is damaged.
  sys::Result<Generation> current();
  sys::Result<Generation> load(int number);
  // The files of a kept generation, with their content.
  sys::Result<std::vector<conf::RenderedFile>> contents(const Generation& generation);
  // Numbers of the kept generations, ascending.
  sys::Result<std::vector<int>> numbers();

  // Writes a complete copy under its number; not live yet.
  sys::Status save(const Generation& generation, const std::vector<conf::RenderedFile>& contents);
  sys::Status make_current(const Generation& generation);
  sys::Status discard(int number);
  // Removes all but the newest kKeptGenerations.
  sys::Status prune();

  sys::Status add_history(const Json& entry);

 private:
  std::string generation_folder(int number) const;

  sys::Files& files_;
  std::string folder_;
};

}  // namespace wsgictl::plan
