// SPDX-License-Identifier: Apache-2.0
// Comparing what should be with what is; see plan.h.
#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/render.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "plan/diff.h"
#include "sys/sha256.h"

namespace wsgictl::plan {
namespace {

// What is at a path now.
struct Found {
  bool exists = false;
  bool link = false;
  bool usable = true;  // a file or a link, as far as it can be read
  int mode = 0;
  std::string content;
  std::string problem;
};

Found look(sys::Files& files, const std::string& path) {
  Found found;
  const auto info = files.look(path);
  if (!info) {
    found.exists = true;
    found.usable = false;
    found.problem = info.error().text;
    return found;
  }
  if (!*info) return found;
  found.exists = true;
  found.mode = (*info)->mode;
  found.link = (*info)->kind == sys::FileKind::link;
  if ((*info)->kind != sys::FileKind::file && !found.link) {
    found.usable = false;
    found.problem = path + " is neither a file nor a link";
    return found;
  }
  auto content = found.link ? files.read_link(path) : files.read(path);
  if (!content) {
    found.usable = false;
    found.problem = content.error().text;
  } else {
    found.content = std::move(*content);
  }
  return found;
}

bool same(const Found& found, const conf::RenderedFile& file) {
  return found.exists && found.usable && found.link == file.link && found.content == file.content &&
         (file.link || found.mode == file.mode);
}

bool as_recorded(const Found& found, const OwnedFile& owned) {
  return found.link == owned.link && sys::sha256(found.content) == owned.hash;
}

class Planner {
 public:
  Planner(const Input& input, const Generation& current, sys::Files& files,
          diag::Diagnostics& diagnostics)
      : input_(input), current_(current), files_(files), diagnostics_(diagnostics) {}

  Planned run() {
    plan_.generation.number = current_.number + 1;
    plan_.generation.definition = input_.definition;
    plan_.generation.groups = input_.groups;
    plan_.generation.targets = input_.targets;
    for (const conf::RenderedFile& file : input_.desired) add_desired(file);
    for (const OwnedFile& owned : current_.files) add_removed(owned);
    if (failed_) return {std::nullopt, std::move(conflicts_)};
    plan_.contents = input_.desired;
    return {std::move(plan_), ""};
  }

 private:
  void refuse(const char* code, diag::Mark mark, std::string message, std::string hint) {
    diagnostics_.add(diag::make(code, std::move(mark), std::move(message), std::move(hint)));
    failed_ = true;
  }

  // Whether what is there may be replaced or removed.
  bool may_touch(const std::string& path, const Found& found, const OwnedFile* owned,
                 const diag::Mark& mark, const std::string* wanted, bool sensitive) {
    if (!found.usable) {
      refuse("WCTL4004", mark, found.problem, "run as a user who may read the file, or remove it");
      return false;
    }
    if (owned == nullptr) {
      refuse("WCTL4001", mark, fmt::format("{} exists and was not written by wsgictl", path),
             "move it away, or give the site another name");
      return false;
    }
    if (as_recorded(found, *owned) || input_.take_over) return true;
    if (wanted != nullptr && !sensitive && !found.link)
      conflicts_ += unified_diff(path, &found.content, wanted);
    refuse("WCTL4002", mark, fmt::format("{} was edited since wsgictl wrote it", path),
           "bring the edit into the definition, or pass --take-over to overwrite it");
    return false;
  }

  void add_desired(const conf::RenderedFile& file) {
    const Found found = look(files_, sys::below(input_.root, file.path));
    const OwnedFile* owned = current_.find(file.path);
    const bool sensitive = conf::is_sensitive(file);
    const diag::Mark mark = file.origins.empty() ? diag::Mark{} : first_mark(file.origins);
    FileChange change;
    change.path = file.path;
    change.link = file.link;
    change.sensitive = sensitive;
    change.mode = file.mode;
    change.old_mode = found.mode;
    change.old_link = found.link;
    change.after = file.content;
    change.origins = file.origins;
    if (found.exists && found.usable) change.before = found.content;
    if (!found.exists) {
      change.action = Action::create;
    } else if (!same(found, file)) {
      // A file that only lost its mode is put right without asking.
      if (found.usable && owned != nullptr && found.content == file.content &&
          found.link == file.link) {
        change.action = Action::change;
      } else if (may_touch(file.path, found, owned, mark, &file.content, sensitive)) {
        change.action = Action::change;
      }
    }
    plan_.files.push_back(std::move(change));
    plan_.generation.files.push_back(
        {file.path, sys::sha256(file.content), file.mode, file.link, sensitive, place(mark)});
  }

  void add_removed(const OwnedFile& owned) {
    const bool wanted =
        std::any_of(input_.desired.begin(), input_.desired.end(),
                    [&](const conf::RenderedFile& file) { return file.path == owned.path; });
    if (wanted) return;
    const Found found = look(files_, sys::below(input_.root, owned.path));
    if (!found.exists) return;
    if (!may_touch(owned.path, found, &owned, {}, nullptr, owned.sensitive)) return;
    FileChange& change = plan_.files.emplace_back();
    change.action = Action::remove;
    change.path = owned.path;
    change.link = change.old_link = found.link;
    change.sensitive = owned.sensitive;
    change.old_mode = found.mode;
    change.before = found.content;
  }

  static diag::Mark first_mark(const std::vector<diag::Mark>& marks) {
    for (const diag::Mark& mark : marks)
      if (!mark.file.empty()) return mark;
    return {};
  }

  const Input& input_;
  const Generation& current_;
  sys::Files& files_;
  diag::Diagnostics& diagnostics_;
  Plan plan_;
  std::string conflicts_;
  bool failed_ = false;
};

}  // namespace

bool Plan::has_changes() const {
  const auto changes = [](const FileChange& file) { return file.action != Action::none; };
  return std::any_of(files.begin(), files.end(), changes) || !modules.empty();
}

int Plan::count(Action action) const {
  return static_cast<int>(std::count_if(
      files.begin(), files.end(), [&](const FileChange& file) { return file.action == action; }));
}

Planned make(const Input& input, const Generation& current, sys::Files& files,
             diag::Diagnostics& diagnostics) {
  return Planner(input, current, files, diagnostics).run();
}

std::vector<Drift> drift(const Generation& current, const std::string& root, sys::Files& files) {
  std::vector<Drift> found;
  for (const OwnedFile& owned : current.files) {
    const Found now = look(files, sys::below(root, owned.path));
    if (!now.exists) {
      found.push_back({owned.path, "removed"});
    } else if (!now.usable) {
      found.push_back({owned.path, "cannot be read: " + now.problem});
    } else if (!as_recorded(now, owned)) {
      found.push_back({owned.path, "edited"});
    } else if (!owned.link && now.mode != owned.mode) {
      found.push_back(
          {owned.path, fmt::format("mode is {:04o}, not {:04o}", now.mode, owned.mode)});
    }
  }
  return found;
}

std::string place(const diag::Mark& mark) {
  if (mark.file.empty()) return "";
  return fmt::format("{}:{}", mark.file, mark.start.line);
}

}  // namespace wsgictl::plan
