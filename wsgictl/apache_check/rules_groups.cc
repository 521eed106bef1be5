// SPDX-License-Identifier: Apache-2.0
// Which application runs in which group and interpreter: groups that nobody uses or defines, mounts
// that are hidden, applications that meet. See rules.h.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "apache_check/rules.h"
#include "diag/text.h"
#include "model/routing.h"

namespace wsgictl::apache_check {
namespace {

using diag::quote;

struct Selection {
  std::string group;
  const Used* at;
};

// Every place that names a process group; "%{…}" and the words for Apache's own processes too.
std::vector<Selection> selections(const Facts& facts) {
  std::vector<Selection> out;
  for (const Used& used : facts.all) {
    const auto& words = used.node->words;
    if (used.node->is("WSGIProcessGroup") && !words.empty()) out.push_back({words[0], &used});
    if (!used.node->name.starts_with("WSGI") || used.node->is("WSGIDaemonProcess")) continue;
    for (const std::string& word : words)
      if (word.starts_with("process-group=")) out.push_back({word.substr(14), &used});
  }
  return out;
}

bool may_use(const Group& group, const Used& user) {
  if (group.at.vhost == nullptr || group.at.vhost == user.vhost) return true;
  const std::string name = server_name(group.at.vhost);
  return user.vhost != nullptr && !name.empty() && same_text(name, server_name(user.vhost));
}

// WSGIProcessGroup of a virtual host says nothing without an application there.
bool serves(const Report& report, const Used& at) {
  const auto& mounts = report.facts.mounts;
  return at.vhost == nullptr || !at.node->is("WSGIProcessGroup") || has_handler(report.facts) ||
         std::any_of(mounts.begin(), mounts.end(), [&](const Mount& mount) {
           return mount.at.vhost == nullptr || mount.at.vhost == at.vhost;
         });
}

void selected(Report& report, const std::vector<Selection>& all) {
  std::vector<std::string> names;
  for (const Group& group : report.facts.groups) names.push_back(group.name);
  std::set<std::string> used;
  bool dynamic = false;
  for (const auto& [name, at] : all) {
    if (name.starts_with("%{")) {
      dynamic = dynamic || name != "%{GLOBAL}";
      continue;
    }
    if (serves(report, *at)) used.insert(name);
    if (name.empty()) continue;
    const Group* group = report.facts.group(name);
    if (group == nullptr) {
      const auto near = diag::nearest(name, names);
      report.add("WCTL2402", *at->node, name,
                 fmt::format("no WSGIDaemonProcess defines the group {}", quote(name)),
                 near ? fmt::format("did you mean \"{}\"?", *near) : "define it",
                 near ? report.facts.group(*near)->at.node : nullptr, near.value_or(""));
      // The one that was meant is not unused as well.
      if (near) used.insert(*near);
    } else if (!may_use(*group, *at)) {
      report.add("WCTL2410", *at->node, name,
                 fmt::format("group {} belongs to another virtual host", quote(name)),
                 "move its WSGIDaemonProcess out of the virtual host", group->at.node);
    }
  }
  if (dynamic) return;
  for (const Group& group : report.facts.groups)
    if (!used.contains(group.name))
      report.add("WCTL2401", *group.at.node, group.name,
                 fmt::format("no application is sent to the group {}", quote(group.name)),
                 fmt::format("add \"WSGIProcessGroup {}\" beside WSGIScriptAlias", group.name));
}

void defined_twice(Report& report) {
  for (std::size_t i = 0; i < report.facts.groups.size(); ++i) {
    const Group& group = report.facts.groups[i];
    const Group* first = report.facts.group(group.name);
    if (first == &group || first->at.vhost == group.at.vhost) continue;
    report.add("WCTL2410", *group.at.node, group.name,
               fmt::format("group {} is defined in two virtual hosts", quote(group.name)),
               "define it once, outside of virtual hosts", first->at.node);
  }
}

void hidden_mounts(Report& report) {
  const auto& mounts = report.facts.mounts;
  for (std::size_t i = 0; i < mounts.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (mounts[j].at.vhost != mounts[i].at.vhost || mounts[j].url.empty() ||
          mounts[i].url.empty() || !model::is_below_or_equal(mounts[i].url, mounts[j].url))
        continue;
      report.add(
          "WCTL2421", *mounts[i].at.node, mounts[i].url,
          fmt::format("mount {} is hidden by {}", quote(mounts[i].url), quote(mounts[j].url)),
          "write this line before the other one", mounts[j].at.node);
      break;
    }
}

void shared_interpreters(Report& report) {
  const auto& mounts = report.facts.mounts;
  for (std::size_t i = 0; i < mounts.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Mount& a = mounts[j];
      const Mount& b = mounts[i];
      const bool server = b.application_group == "%{SERVER}" && a.at.vhost == b.at.vhost;
      const bool dynamic =
          b.process_group.find('%') != std::string::npos ||
          (b.application_group.starts_with("%{") && !server && b.application_group != "%{GLOBAL}");
      if (dynamic || a.script == b.script || a.process_group != b.process_group ||
          b.application_group.empty() || a.application_group != b.application_group)
        continue;
      report.add("WCTL2411", *b.at.node, b.script,
                 fmt::format("{} and {} run in one interpreter", quote(b.script), quote(a.script)),
                 "give it a daemon group of its own", a.at.node);
      break;
    }
}

void preloads(Report& report) {
  for (const Used* used : report.facts.uses("WSGIImportScript")) {
    if (used->node->words.empty()) continue;
    const std::string& script = used->node->words[0];
    std::string process, application;
    for (const std::string& word : used->node->words) {
      if (word.starts_with("process-group=")) process = word.substr(14);
      if (word.starts_with("application-group=")) application = word.substr(18);
    }
    if (process == "%{GLOBAL}") process.clear();
    const Mount* serving = nullptr;
    bool same = false;
    for (const Mount& mount : report.facts.mounts) {
      if (mount.script != script) continue;
      serving = &mount;
      same = same || mount.process_group.find('%') != std::string::npos ||
             (mount.process_group == process && mount.application_group == application);
    }
    if (serving == nullptr || same) continue;
    report.add(
        "WCTL2419", *used->node, "",
        fmt::format(
            "{} is loaded into group {}, interpreter {}, but served by group {}, "
            "interpreter {}",
            quote(script), quote(process), quote(application), quote(serving->process_group),
            quote(serving->application_group.empty() ? "%{RESOURCE}" : serving->application_group)),
        "name the group and interpreter that serve it", serving->at.node);
  }
}

void modules(Report& report) {
  const Used* first = nullptr;
  for (const Used* used : report.facts.uses("LoadModule")) {
    if (used->node->words.size() < 2 || used->node->words[0] != "wsgi_module") continue;
    if (first == nullptr) {
      first = used;
      continue;
    }
    report.add("WCTL2420", *used->node, used->node->words[1], "wsgi_module is loaded already",
               fmt::format("remove this line; {} is in use", quote(first->node->words[1])),
               first->node);
  }
}

}  // namespace

void rules_groups(Report& report) {
  selected(report, selections(report.facts));
  defined_twice(report);
  hidden_mounts(report);
  shared_interpreters(report);
  preloads(report);
  modules(report);
}

}  // namespace wsgictl::apache_check
