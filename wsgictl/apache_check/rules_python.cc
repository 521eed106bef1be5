// SPDX-License-Identifier: Apache-2.0
// Pythons, environments and where they are, as far as the files of the host tell. See rules.h.
#include <fmt/format.h>
#include <sys/stat.h>

#include "apache_check/rules.h"
#include "apache_conf/files.h"
#include "check/access.h"
#include "check/environment.h"
#include "diag/text.h"

namespace wsgictl::apache_check {
namespace {

using diag::quote;

// Extensions that are known to refuse sub-interpreters, or to fail in them.
constexpr const char* kMainOnly[] = {"numpy", "scipy", "pandas", "torch", "cryptography", "lxml"};

// "3.11" of "3.11.2" and "3.11.2.final.0".
std::string minor(const std::string& version) {
  const std::size_t dot = version.find('.');
  return dot == std::string::npos ? version : version.substr(0, version.find('.', dot + 1));
}

// The version that the configuration insists on for NODE: python= of the group.
void environment(Report& report, const Node& node, const std::string& home,
                 const std::string& wanted) {
  if (const std::string base = check::environment_of(home); !base.empty()) {
    report.add("WCTL2405", node, home, fmt::format("{} is inside an environment", quote(home)),
               "write " + base, nullptr, base);
    return;
  }
  const auto file = apache_conf::read_whole(report.root + home + "/pyvenv.cfg");
  if (!file) return;
  const check::Environment made = check::environment_from(*file);
  const std::string gone =
      check::missing_base(made, [&](const std::string& path) { return report.exists(path); });
  if (!gone.empty())
    report.add("WCTL2407", node, home,
               fmt::format("environment {} was made from {}, which is not there", quote(home),
                           quote(gone)),
               "make the environment anew");
  if (!wanted.empty() && wanted[0] != '/' && !made.version.empty() && made.version != minor(wanted))
    report.add("WCTL2406", node, home,
               fmt::format("environment {} was made by Python {}, but {} is to run", quote(home),
                           made.version, wanted),
               "make the environment anew with that version, or remove python=");
}

void path(Report& report, const Node& node, const std::string& value) {
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find(':', at), value.size());
    const std::string one = value.substr(at, end - at);
    at = end + 1;
    const std::string base = check::environment_of(one);
    if (!base.empty() && one.find("/site-packages") != std::string::npos)
      report.add(
          "WCTL2408", node, one, fmt::format("{} is part of an environment", quote(one)),
          node.is("WSGIPythonPath") ? "write WSGIPythonHome " + base : "write python-home=" + base);
  }
}

// Nobody but root enters FOLDER: neither its group nor others, or both are root's.
bool closed(const std::string& folder) {
  struct stat st;
  if (stat(folder.c_str(), &st) != 0) return false;
  return st.st_uid == 0 && (st.st_mode & 0001u) == 0 &&
         (st.st_gid == 0 || (st.st_mode & 0010u) == 0);
}

// Who the processes of GROUP run as, null: Apache's own; nothing if that cannot be told.
std::optional<check::Account> account_of(const Report& report, const Group* group) {
  const auto setting = [&](const char* directive) {
    const auto uses = report.facts.uses(directive);
    return uses.empty() || uses.back()->node->words.empty() ? "" : uses.back()->node->words[0];
  };
  std::string user, its_group;
  if (group != nullptr) {
    user = option(group->options, "user");
    its_group = option(group->options, "group");
  }
  if (user.empty() && its_group.empty()) its_group = setting("Group");
  if (user.empty()) user = setting("User");
  return user.empty() ? std::nullopt : check::find_account(report.root, user, its_group);
}

void reachable(Report& report, const Node& node, const std::string& file, const Group* group) {
  if (!file.starts_with('/')) return;
  const std::string word = file.substr(0, file.find_last_not_of('/') + 1);
  for (std::size_t slash = file.find('/', 1); slash != std::string::npos;
       slash = file.find('/', slash + 1)) {
    const std::string folder = file.substr(0, slash);
    if (folder != "/root" && !closed(report.root + folder)) continue;
    report.add("WCTL2412", node, word, fmt::format("{} lets only root in", quote(folder)),
               "move the application below /srv, or open the folder");
    return;
  }
  const auto account = account_of(report, group);
  const std::string place = account ? check::closed_to(*account, report.root, file) : "";
  if (!place.empty())
    report.add("WCTL2412", node, word,
               fmt::format("the user of the processes may not read {}", quote(place)),
               "open it to the user, or to one of the user's groups");
}

// Every folder of a python-path.
void reachable_path(Report& report, const Node& node, const std::string& value,
                    const Group* group) {
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find(':', at), value.size());
    reachable(report, node, value.substr(at, end - at) + "/", group);
    at = end + 1;
  }
}

// Where modules of MOUNT come from: the environment and further folders, as patterns.
std::vector<std::string> module_folders(const Report& report, const Mount& mount) {
  std::string home, path;
  const Group* group = report.facts.group(mount.process_group);
  if (group != nullptr) {
    home = option(group->options, "python-home");
    path = option(group->options, "python-path");
  }
  const auto last = [&](const char* directive) {
    const auto uses = report.facts.uses(directive);
    return uses.empty() || uses.back()->node->words.empty() ? "" : uses.back()->node->words[0];
  };
  if (home.empty()) home = last("WSGIPythonHome");
  if (group == nullptr) path = last("WSGIPythonPath");
  std::vector<std::string> out;
  if (!home.empty()) out.push_back(home + "/lib*/python*/site-packages");
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    out.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

void sub_interpreter(Report& report, const Mount& mount) {
  if (mount.application_group == "%{GLOBAL}") return;
  for (const std::string& folder : module_folders(report, mount))
    for (const char* name : kMainOnly)
      for (const char* init : {"__init__.py", "__init__.pyc"}) {
        if (apache_conf::included_files(report.root, fmt::format("{}/{}/{}", folder, name, init))
                .empty())
          continue;
        const std::string place = folder.substr(0, folder.find("/lib*/"));
        report.add("WCTL2404", *mount.at.node, mount.script,
                   fmt::format("{} runs in a sub-interpreter, and {} holds {}", quote(mount.script),
                               quote(place), name),
                   "add WSGIApplicationGroup %{GLOBAL}");
        return;
      }
}

}  // namespace

void rules_python(Report& report) {
  for (const Group& group : report.facts.groups) {
    const Node& node = *group.at.node;
    const std::string home = option(group.options, "python-home");
    if (!home.empty()) environment(report, node, home, option(group.options, "python"));
    path(report, node, option(group.options, "python-path"));
    for (const char* name : {"home", "python-home"}) {
      const std::string place = option(group.options, name);
      reachable(report, node, place + "/", &group);
    }
    reachable_path(report, node, option(group.options, "python-path"), &group);
  }
  for (const Used* used : report.facts.uses("WSGIPythonHome"))
    if (!used->node->words.empty()) {
      environment(report, *used->node, used->node->words[0], "");
      reachable(report, *used->node, used->node->words[0] + "/", nullptr);
    }
  for (const Used* used : report.facts.uses("WSGIPythonPath"))
    if (!used->node->words.empty()) path(report, *used->node, used->node->words[0]);
  for (const Mount& mount : report.facts.mounts) {
    if (mount.script.find('$') == std::string::npos && mount.process_group.find('%') != 0)
      reachable(report, *mount.at.node, mount.script, report.facts.group(mount.process_group));
    sub_interpreter(report, mount);
  }
}

}  // namespace wsgictl::apache_check
