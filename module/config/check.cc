// SPDX-License-Identifier: Apache-2.0
#include "config/check.h"

#include <algorithm>
#include <map>

namespace wsgi::config {
namespace {

struct Declared {
  const DaemonDeclaration* group;
  const ServerFacts* server;
};
using Groups = std::map<std::string_view, Declared>;

Status declare(Groups& groups, const DaemonDeclaration& group, const ServerFacts& server,
               std::vector<Notice>& notices) {
  auto [known, added] = groups.try_emplace(group.options.name, Declared{&group, &server});
  if (added) return ok();
  const Declared& first = known->second;
  std::string places = describe(first.group->place) + " and " + describe(group.place);
  if (reachable(*first.server, server) && first.group->options == group.options) {
    notices.push_back(
        {ErrorId::cfg_group_repeated, "WSGIDaemonProcess " + quote(group.options.name) +
                                          " is defined twice with the same options, at " + places +
                                          "; the second has no effect"});
    return ok();
  }
  return wrong(ErrorId::cfg_group_duplicate, {"WSGIDaemonProcess", group.options.name, {}},
               "defined twice, at " + places, "give the groups different names");
}

std::string shown(const ServerFacts& server) {
  if (server.base) return "the base server";
  return server.name.empty() ? "a virtual host without ServerName"
                             : "the virtual host " + quote(server.name);
}

Status check_use(const Groups& groups, const Preload& use, const ServerFacts& server) {
  if (use.process_group.empty()) return ok();
  auto found = groups.find(use.process_group);
  const Subject subject{"WSGIDaemonProcess", use.process_group, {}};
  std::string script = "script " + quote(use.script) + " (" + describe(use.place) + ")";
  if (found == groups.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, declared] : groups) names.push_back(name);
    std::string hint = "define it with WSGIDaemonProcess";
    if (auto guess = nearest(use.process_group, names))
      hint += ", or did you mean " + quote(*guess) + "?";
    return wrong(ErrorId::cfg_group_unknown, subject, "not defined, but named for " + script, hint);
  }
  const ServerFacts& declaring = *found->second.server;
  if (reachable(declaring, server)) return ok();
  std::string where = "defined in " + shown(declaring) + " (" +
                      describe(found->second.group->place) + "), but " + script + " is of " +
                      shown(server);
  if (declaring.name.empty() || server.name.empty()) {
    return wrong(ErrorId::cfg_group_unmatchable, subject, where,
                 "give both servers a ServerName, or define the group in the base server");
  }
  return wrong(ErrorId::cfg_group_inaccessible, subject, where,
               "both must have the same ServerName, or define the group in the base server");
}

}  // namespace

bool reachable(const ServerFacts& declaring, const ServerFacts& serving) {
  return declaring.base || declaring.settings == serving.settings ||
         (!declaring.name.empty() && same_word(declaring.name, serving.name));
}

Status check_groups(std::span<const ServerFacts> servers, std::vector<Notice>& notices) {
  Groups groups;
  for (const auto& server : servers) {
    for (const auto& group : server.settings->daemons) {
      WSGI_TRY(declare(groups, group, server, notices));
    }
  }
  for (const auto& server : servers) {
    for (const auto& use : server.settings->imports) WSGI_TRY(check_use(groups, use, server));
  }
  return ok();
}

std::vector<Notice> condensed(std::span<const Notice> notices) {
  std::vector<Notice> result;
  for (const auto& notice : notices) {
    auto same = [&](const Notice& n) { return n.id == notice.id && n.text == notice.text; };
    if (std::none_of(result.begin(), result.end(), same)) result.push_back(notice);
  }
  return result;
}

}  // namespace wsgi::config
