// SPDX-License-Identifier: Apache-2.0
// Offline rules about sites, their names, ports and routes; see rules_internal.h.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "check/rules_internal.h"
#include "conf/redirect_target.h"
#include "diag/codes.h"
#include "diag/print.h"
#include "diag/text.h"
#include "model/endpoints.h"
#include "model/routing.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::Endpoint;
using model::Route;
using model::RouteKind;
using model::Site;

// A place, and what is there, for the second of two that clash.
using Seen = std::map<std::string, std::pair<const Site*, diag::Mark>>;

void names_of(const Site& site, Seen& seen, diag::Diagnostics& diagnostics) {
  std::vector<const model::Text*> names{&site.name};
  for (const model::Text& alias : site.aliases) names.push_back(&alias);
  const std::vector<Endpoint> endpoints = model::endpoints(site);
  for (const model::Text* name : names) {
    for (const Endpoint& endpoint : endpoints) {
      // 0.0.0.0 and [::] of one site are one virtual host twice, which does no harm.
      const bool again = std::any_of(endpoints.data(), &endpoint, [&](const Endpoint& other) {
        return other.host_spec() == endpoint.host_spec() && other.spec() != endpoint.spec();
      });
      if (again) continue;
      const std::string key = lower(name->value) + " " + endpoint.host_spec();
      const auto [it, fresh] = seen.emplace(key, std::pair{&site, name->mark});
      if (fresh) continue;
      add_related(diagnostics, "WCTL1404", name->mark, it->second.second, "the other one is here",
                  fmt::format("server name {} is used twice on port {}", diag::quote(name->value),
                              endpoint.port),
                  "give the name to one site, once");
      break;
    }
  }
}

}  // namespace

void rule_routes(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const model::App& app : definition.apps) names.push_back(app.name.value);
  const std::set<std::string> known(names.begin(), names.end());
  for (const Site& site : definition.sites) {
    if (site.routes.empty())
      diagnostics.add(diag::make("WCTL1410", site.name.mark,
                                 fmt::format("site {} has no routes", diag::quote(site.name.value)),
                                 "add a route such as \"/: {app: NAME}\""));
    for (const Route& route : site.routes) {
      if (route.kind != RouteKind::app || known.contains(route.app.value)) continue;
      diag::Diagnostic d =
          diag::make("WCTL1401", route.app.mark,
                     fmt::format("no application {} is defined", diag::quote(route.app.value)), "");
      // No suggestion where nobody will see it: each costs a look at all names.
      const bool shown = diagnostics.items().size() < diag::kMaxPrinted;
      if (const auto near = shown ? diag::nearest(route.app.value, names) : std::nullopt) {
        d.hint = fmt::format("did you mean \"{}\"?", *near);
        d.replacement = *near;
      } else if (!names.empty() && names.size() <= 10) {
        d.hint = "defined are: " + diag::join_or(names);
      } else {
        d.hint = "define it under apps";
      }
      diagnostics.add(std::move(d));
    }
  }
}

void rule_redirects(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Site& site : definition.sites) {
    for (const Route& route : site.routes) {
      if (route.kind != RouteKind::redirect) continue;
      if (const auto target = conf::redirect_target(route.redirect.value); !target.refused.empty())
        diagnostics.add(
            diag::make("WCTL1448", route.redirect.mark,
                       fmt::format("{} in the path of a redirect would not arrive: {}",
                                   target.refused, target.why),
                       "write the sign itself where it means the same, or put it into the query"));
      if (!route.redirect.value.starts_with('/')) continue;
      const std::string& target = route.redirect.value;
      const auto found = model::matching_routes(site, target.substr(0, target.find_first_of("?#")));
      if (found.empty() || found.front() != &route) continue;
      diagnostics.add(
          diag::make("WCTL1408", route.redirect.mark,
                     fmt::format("{} is redirected to itself", diag::quote(route.path.value)),
                     "redirect to a path that another route answers"));
    }
  }
}

void rule_tls(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Site& site : definition.sites) {
    if (!site.has_tls && site.redirect_to_tls.given && site.redirect_to_tls.value)
      diagnostics.add(diag::make("WCTL1409", site.redirect_to_tls.mark, "redirect_to_tls needs tls",
                                 "add tls, or remove the key"));
    if (site.has_tls && site.tls.profile.value == "old")
      diagnostics.add(
          diag::make("WCTL1413", site.tls.profile.mark,
                     "the TLS profile \"old\" allows protocols that are known to be weak",
                     "use intermediate"));
  }
}

void rule_server_names(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  Seen seen;
  for (const Site& site : definition.sites) names_of(site, seen, diagnostics);
}

}  // namespace wsgictl::check
