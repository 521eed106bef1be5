// SPDX-License-Identifier: Apache-2.0
// Who may ask, what of the request arrives, and sections that miss their application. See rules.h.
#include <fmt/format.h>

#include <algorithm>

#include "apache_check/rules.h"
#include "apache_conf/files.h"
#include "diag/text.h"
#include "model/routing.h"

namespace wsgictl::apache_check {
namespace {

using diag::quote;

bool any_mount(const Report& report, const Node& section) {
  const auto& mounts = report.facts.mounts;
  return std::any_of(mounts.begin(), mounts.end(), [&](const Mount& mount) {
    if (covers(section, mount) != Cover::no) return true;
    // Below a mount: the application answers there as well.
    return section.is("Location") && !section.words.empty() && !mount.url.empty() &&
           model::is_below_or_equal(section.words[0], mount.url);
  });
}

void missed(Report& report) {
  if (report.facts.mounts.empty() || has_handler(report.facts)) return;
  constexpr const char* kPerRequest[] = {"WSGIProcessGroup", "WSGIApplicationGroup",
                                         "WSGIPassAuthorization", "WSGIScriptReloading",
                                         "WSGICallableObject"};
  for (const char* directive : kPerRequest)
    for (const Used* used : report.facts.uses(directive)) {
      const auto wrong =
          std::find_if(used->sections.begin(), used->sections.end(),
                       [&](const Node* section) { return !any_mount(report, *section); });
      if (wrong == used->sections.end() || (*wrong)->words.empty()) continue;
      report.add("WCTL2403", *used->node, directive,
                 fmt::format("<{} {}> covers no application", (*wrong)->name, (*wrong)->words[0]),
                 fmt::format("name the {} of {}", (*wrong)->is("Location") ? "mount" : "folder",
                             quote(report.facts.mounts.front().script)),
                 *wrong);
    }
}

// Whether something says who may ask for MOUNT. "Require all denied" of a folder further out is no
// answer: the script's own folder is to open it.
bool decided(const Facts& facts, const Mount& mount) {
  return std::any_of(facts.all.begin(), facts.all.end(), [&](const Used& used) {
    const auto& words = used.node->words;
    const bool rule = used.node->is("Require") || used.node->is("Allow");
    const bool block = used.node->is("RequireAny") || used.node->is("RequireAll");
    if (!rule && !block) return false;
    if (used.vhost != nullptr && used.vhost != mount.at.vhost) return false;
    if (!covers_all(used.sections, mount)) return false;
    const bool outer = std::any_of(used.sections.begin(), used.sections.end(), [&](const Node* s) {
      if (!s->is("Directory") || s->words.empty()) return false;
      std::string folder = s->words[0];
      while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
      return folder != mount.script.substr(0, mount.script.rfind('/'));
    });
    return !(outer && words.size() == 2 && same_text(words[0], "all") &&
             same_text(words[1], "denied"));
  });
}

void access(Report& report) {
  for (const Mount& mount : report.facts.mounts) {
    if (mount.script.find('$') != std::string::npos || decided(report.facts, mount)) continue;
    const std::string folder = mount.script.substr(0, mount.script.rfind('/'));
    report.add("WCTL2413", *mount.at.node, mount.script,
               fmt::format("nothing grants access to {}", quote(mount.script)),
               fmt::format("add \"Require all granted\" in <Directory {}>", folder));
  }
}

// CGIPassAuth, SetEnvIf and RewriteRule [E=] pass the header as well as WSGIPassAuthorization does.
void authorization(Report& report) {
  for (const Used& used : report.facts.all) {
    const Node& node = *used.node;
    const auto& words = node.words;
    if (!node.is("RequestHeader") || words.size() < 2 || !same_text(words[0], "unset") ||
        !same_text(words[1], "Authorization"))
      continue;
    for (const Mount& mount : report.facts.mounts) {
      if ((used.vhost != nullptr && used.vhost != mount.at.vhost) ||
          !covers_all(used.sections, mount))
        continue;
      const Used* pass = report.facts.effective("WSGIPassAuthorization", mount);
      std::string wanted = option(mount.options, "pass-authorization");
      if (!wanted.empty())
        pass = &mount.at;
      else if (pass != nullptr && !pass->node->words.empty())
        wanted = pass->node->words[0];
      if (!same_text(wanted, "on")) continue;
      report.add("WCTL2415", node, "",
                 fmt::format("Authorization is removed before it reaches {}", quote(mount.script)),
                 "remove this line, or WSGIPassAuthorization", pass->node);
      break;
    }
  }
}

void unlabelled(Report& report, const Node& node, const std::string& path,
                const std::string& folder) {
  const bool site = path.starts_with("/srv/") && path.find("/www/") != std::string::npos;
  if (!path.starts_with('/') || path.starts_with("/var/www/") || site || path.starts_with("/usr/"))
    return;
  report.add("WCTL2414", node, path, fmt::format("SELinux keeps Apache from {}", quote(path)),
             fmt::format("label it: semanage fcontext -a -t httpd_sys_content_t '{}(/.*)?'; "
                         "restorecon -R {}",
                         folder, folder));
}

void selinux(Report& report) {
  const auto config = apache_conf::read_whole(report.root + "/etc/selinux/config");
  if (!config || ("\n" + *config).find("\nSELINUX=enforcing") == std::string::npos) return;
  for (const Mount& mount : report.facts.mounts)
    unlabelled(report, *mount.at.node, mount.script,
               mount.script.substr(0, mount.script.rfind('/')));
  for (const Group& group : report.facts.groups) {
    const std::string home = option(group.options, "python-home");
    unlabelled(report, *group.at.node, home, home);
  }
}

}  // namespace

bool has_handler(const Facts& facts) {
  return std::any_of(facts.all.begin(), facts.all.end(), [](const Used& used) {
    const auto& words = used.node->words;
    return (used.node->is("AddHandler") || used.node->is("SetHandler") ||
            used.node->is("WSGIHandlerScript")) &&
           !words.empty() && (words[0] == "wsgi-script" || used.node->is("WSGIHandlerScript"));
  });
}

void rules_access(Report& report) {
  missed(report);
  access(report);
  authorization(report);
  selinux(report);
}

}  // namespace wsgictl::apache_check
