// SPDX-License-Identifier: Apache-2.0
// Offline rules about who may fetch what: logins, secrets in served folders, certificates. See
// rules_internal.h.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::check {
namespace {

using model::Route;
using model::Site;
using model::Text;

void error(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
           std::string message, std::string hint, const diag::Mark* other = nullptr) {
  diag::Diagnostic d = diag::make(code, mark, std::move(message), std::move(hint));
  if (other != nullptr) d.related.push_back({*other, "the other one is here"});
  diagnostics.add(std::move(d));
}

void access_of(const Route& route, diag::Diagnostics& diagnostics) {
  const model::Access& a = route.access;
  const bool login = a.users_file.given || a.password_script.given;
  if (a.users_file.given && a.password_script.given)
    error(diagnostics, "WCTL1414", a.password_script.mark,
          "users_file and password_script both say who a user is", "keep one of the two",
          &a.users_file.mark);
  const auto needs_login = [&](const std::vector<Text>& list, const char* what) {
    if (!list.empty() && !login)
      error(diagnostics, "WCTL1414", list.front().mark,
            fmt::format("{} are asked for, but nobody can log in", what),
            "add users_file or password_script");
  };
  needs_login(a.users, "users");
  needs_login(a.groups, "groups");
  if (!a.groups.empty() && login && !a.groups_file.given && !a.groups_script.given)
    error(diagnostics, "WCTL1414", a.groups.front().mark,
          "groups are asked for, but nothing says who is in them",
          "add groups_file or groups_script");
  if (!login && a.users.empty() && a.groups.empty() && a.networks.empty() && !a.host_script.given)
    error(diagnostics, "WCTL1414", route.path.mark,
          fmt::format("access of route {} lets everybody in", diag::quote(route.path.value)),
          "add users_file, password_script or networks, or remove access");
}

// Keys that let in more people, or fewer, than one would think.
void surprises_of(const Route& route, diag::Diagnostics& diagnostics) {
  const model::Access& a = route.access;
  if (const Text& groups = a.groups_file.given ? a.groups_file : a.groups_script;
      groups.given && a.groups.empty())
    error(diagnostics, "WCTL1411", groups.mark,
          fmt::format("no groups of route {} are named, so that nobody asks who is in one",
                      diag::quote(route.path.value)),
          "add groups, for example \"groups: [staff]\"");
  if (a.host_script.given && a.satisfy.value == "any")
    error(diagnostics, "WCTL1445", a.host_script.mark,
          fmt::format("route {} needs the consent of the script even with satisfy: any",
                      diag::quote(route.path.value)),
          "use networks, or remove satisfy", &a.satisfy.mark);
}

// One of the SECRETS, sorted by path, that lies in the folder which ROUTE serves.
void secrets_of(const Route& route, const std::vector<std::pair<const Text*, const char*>>& secrets,
                diag::Diagnostics& diagnostics) {
  const std::string below = route.directory.value == "/" ? "/" : route.directory.value + "/";
  const auto found = std::lower_bound(
      secrets.begin(), secrets.end(), below,
      [](const auto& secret, const std::string& prefix) { return secret.first->value < prefix; });
  if (found == secrets.end() || !found->first->value.starts_with(below)) return;
  const auto& [text, what] = *found;
  error(diagnostics, "WCTL1419", route.directory.mark,
        fmt::format("folder {} holds {} {}", diag::quote(route.directory.value), what,
                    diag::quote(text->value)),
        "serve a folder with public files only", &text->mark);
}

}  // namespace

void rule_access(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Site& site : definition.sites)
    for (const Route& route : site.routes)
      if (route.has_access) {
        access_of(route, diagnostics);
        surprises_of(route, diagnostics);
      }
}

void rule_secrets(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::vector<std::pair<const Text*, const char*>> secrets;
  const auto add = [&](const Text& text, const char* what) {
    if (text.given) secrets.emplace_back(&text, what);
  };
  for (const model::App& app : definition.apps) {
    add(app.env_file, "the environment file");
    add(app.script, "the script");
    for (const model::Worker& worker : app.workers) add(worker.script, "the script");
  }
  for (const Site& site : definition.sites) {
    add(site.tls.key, "the private key");
    for (const Route& route : site.routes) {
      add(route.access.users_file, "the passwords");
      add(route.access.password_script, "the script");
    }
  }
  std::sort(secrets.begin(), secrets.end(),
            [](const auto& a, const auto& b) { return a.first->value < b.first->value; });
  std::map<std::string, const Route*> folders;  // sites of a fleet often share one
  for (const Site& site : definition.sites)
    for (const Route& route : site.routes)
      if (route.kind == model::RouteKind::directory) folders.emplace(route.directory.value, &route);
  for (const auto& [folder, route] : folders) secrets_of(*route, secrets, diagnostics);
}

void rule_certificates(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::map<std::string, const model::Tls*> by_certificate;
  std::map<std::string, const model::Tls*> by_key;
  const auto clash = [&](const Text& here, const model::Tls& other, const char* what) {
    error(diagnostics, "WCTL1415", here.mark,
          fmt::format("{} is named with {}", diag::quote(here.value), what),
          "name certificate and key as pairs", &other.certificate.mark);
  };
  for (const Site& site : definition.sites) {
    const model::Tls& tls = site.tls;
    if (!site.has_tls || !tls.certificate.given || !tls.key.given) continue;
    const auto [c, new_certificate] = by_certificate.emplace(tls.certificate.value, &tls);
    if (!new_certificate && c->second->key.value != tls.key.value)
      clash(tls.certificate, *c->second, "two different keys");
    const auto [k, new_key] = by_key.emplace(tls.key.value, &tls);
    if (!new_key && k->second->certificate.value != tls.certificate.value)
      clash(tls.key, *k->second, "two different certificates");
  }
}

}  // namespace wsgictl::check
