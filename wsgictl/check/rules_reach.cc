// SPDX-License-Identifier: Apache-2.0
// Offline rules about what is never reached: names behind a wildcard, health checks that ask
// somebody else, circles of redirects, files in closed folders. See rules_internal.h.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/endpoints.h"
#include "model/routing.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::App;
using model::Route;
using model::RouteKind;
using model::Site;
using model::Text;

void add(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
         std::string message, std::string hint, const diag::Mark& other, const char* what) {
  diag::Diagnostic d = diag::make(code, mark, std::move(message), std::move(hint));
  if (!other.file.empty()) d.related.push_back({other, what});
  diagnostics.add(std::move(d));
}

// Where "*.example.com" stands, by ".example.com" and listener; the first file that Apache reads.
using Wildcards = std::map<std::string, std::pair<const Site*, const Text*>>;

bool read_before(const Site& a, const Site& b) {
  return a.name.value + ".conf" < b.name.value + ".conf";
}

Wildcards wildcards(const model::Definition& definition) {
  Wildcards found;
  for (const Site& site : definition.sites)
    for (const Text& alias : site.aliases) {
      if (!alias.value.starts_with("*.")) continue;
      for (const model::Endpoint& endpoint : model::endpoints(site)) {
        const std::string key = lower(alias.value.substr(1)) + " " + endpoint.spec();
        const auto [it, fresh] = found.emplace(key, std::pair{&site, &alias});
        if (!fresh && read_before(site, *it->second.first)) it->second = {&site, &alias};
      }
    }
  return found;
}

void hidden_names(const Site& site, const Wildcards& all, diag::Diagnostics& diagnostics) {
  std::vector<const Text*> names{&site.name};
  for (const Text& alias : site.aliases) names.push_back(&alias);
  const auto hides = [&](const Text& name) -> const std::pair<const Site*, const Text*>* {
    const std::string text = lower(name.value);
    for (const model::Endpoint& endpoint : model::endpoints(site))
      for (std::size_t dot = text.find('.'); dot != std::string::npos;
           dot = text.find('.', dot + 1)) {
        const auto it = all.find(text.substr(dot) + " " + endpoint.spec());
        if (dot > 0 && it != all.end() && it->second.first != &site &&
            read_before(*it->second.first, site) && !text.starts_with("*."))
          return &it->second;
      }
    return nullptr;
  };
  for (const Text* name : names)
    if (const auto* wildcard = hides(*name))
      add(diagnostics, "WCTL1423", name->mark,
          fmt::format("site {} answers for {}, since Apache reads it first",
                      diag::quote(wildcard->first->name.value), diag::quote(name->value)),
          "name the aliases of the other site one by one", wildcard->second->mark,
          "this alias covers the name");
}

// The site and route that a health check of APP asks.
void health_of(const App& app, const model::Definition& definition,
               diag::Diagnostics& diagnostics) {
  const auto leads = [&](const Site& site) {
    return std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& r) {
      return r.kind == RouteKind::app && r.app.value == app.name.value;
    });
  };
  const std::string host = lower(app.health.host.value);
  const auto site =
      std::find_if(definition.sites.begin(), definition.sites.end(), [&](const Site& candidate) {
        if (host.empty()) return leads(candidate);
        if (lower(candidate.name.value) == host) return true;
        return std::any_of(candidate.aliases.begin(), candidate.aliases.end(), [&](const Text& a) {
          const std::string alias = lower(a.value);
          return alias == host || (alias.starts_with("*.") && host.ends_with(alias.substr(1)));
        });
      });
  if (site == definition.sites.end()) {
    if (!host.empty())
      add(diagnostics, "WCTL1424", app.health.host.mark,
          fmt::format("no site has the name {}", diag::quote(app.health.host.value)),
          "name a site that routes to the application", {}, "");
    return;
  }
  const auto routes = model::matching_routes(
      *site, app.health.path.value.substr(0, app.health.path.value.find('?')));
  if (!routes.empty() && routes.front()->kind == RouteKind::app &&
      routes.front()->app.value == app.name.value)
    return;
  const Text& at = app.health.path.given   ? app.health.path
                   : app.health.host.given ? app.health.host
                                           : app.name;
  add(diagnostics, "WCTL1424", at.mark,
      fmt::format("{} of site {} is not answered by application {}",
                  diag::quote(app.health.path.value), diag::quote(site->name.value),
                  diag::quote(app.name.value)),
      "name a path that a route leads to the application",
      routes.empty() ? site->name.mark : routes.front()->path.mark,
      routes.empty() ? "no route of this site matches" : "this route answers");
}

// Where the redirect ROUTE leads within SITE, or null.
const Route* next(const Site& site, const Route& route) {
  const std::string& target = route.redirect.value;
  if (route.kind != RouteKind::redirect || !target.starts_with('/')) return nullptr;
  const auto found = model::matching_routes(site, target.substr(0, target.find_first_of("?#")));
  return found.empty() ? nullptr : found.front();
}

void circles_of(const Site& site, diag::Diagnostics& diagnostics) {
  std::set<const Route*> told;
  for (const Route& start : site.routes) {
    std::vector<const Route*> way{&start};
    for (const Route* at = next(site, start); at != nullptr; at = next(site, *at)) {
      if (std::find(way.begin(), way.end(), at) != way.end()) {
        // A circle of one is WCTL1408's; one that START only leads into is told at its members.
        if (at != &start || way.size() == 1 || told.contains(at)) break;
        told.insert(way.begin(), way.end());
        add(diagnostics, "WCTL1425", start.redirect.mark,
            fmt::format("{} is redirected in a circle", diag::quote(start.path.value)),
            "let one of the redirects lead to a path that is answered", way[1]->redirect.mark,
            "which redirects again");
        break;
      }
      way.push_back(at);
    }
  }
}

// Only root enters /root.
void closed_of(const App& app, diag::Diagnostics& diagnostics) {
  const auto look = [&](const Text& path) {
    if (path.given && path.value.starts_with("/root/"))
      add(diagnostics, "WCTL1426", path.mark,
          fmt::format("{} is in a folder that only root may enter", diag::quote(path.value)),
          "move it below /srv", {}, "");
  };
  look(app.script);
  look(app.python.home);
  look(app.daemon.home);
  for (const Text& path : app.python.path) look(path);
  for (const model::Worker& worker : app.workers) look(worker.script);
}

// The version in ".../lib/python3.11/..." of PATH, or "".
std::string version_in(const std::string& path) {
  const std::string mark = "/lib/python";
  const std::size_t at = path.find(mark);
  if (at == std::string::npos) return "";
  const std::size_t start = at + mark.size();
  return path.substr(start, path.find('/', start) - start);
}

void versions_of(const App& app, diag::Diagnostics& diagnostics) {
  if (!app.python.version.given) return;
  for (const Text& path : app.python.path) {
    const std::string version = version_in(path.value);
    if (version.find('.') == std::string::npos || version == app.python.version.value) continue;
    add(diagnostics, "WCTL1427", path.mark,
        fmt::format("{} holds modules for Python {}, but the application runs on {}",
                    diag::quote(path.value), version, app.python.version.value),
        "make an environment with that Python and name it in python.home", app.python.version.mark,
        "the version is chosen here");
  }
}

}  // namespace

void rule_wildcards(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  const Wildcards all = wildcards(definition);
  if (all.empty()) return;
  for (const Site& site : definition.sites) hidden_names(site, all, diagnostics);
}

void rule_reach(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const App& app : definition.apps) {
    if (app.has_health) health_of(app, definition, diagnostics);
    closed_of(app, diagnostics);
    versions_of(app, diagnostics);
  }
  for (const Site& site : definition.sites) circles_of(site, diagnostics);
}

}  // namespace wsgictl::check
