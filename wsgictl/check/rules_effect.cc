// SPDX-License-Identifier: Apache-2.0
// Offline rules about keys that Apache would take and then never use. See rules_internal.h.
// Source: httpd manual, "mod_alias", "mod_headers", "mod_log_config", "mod_md"; measured.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/routing.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::ExtraDirective;
using model::ExtraDirectives;
using model::Route;
using model::RouteKind;
using model::Site;
using model::Text;

bool has_directive(const ExtraDirectives& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const ExtraDirective& e) { return lower(e.directive.value) == name; });
}

void access_of(const Route& route, diag::Diagnostics& diagnostics) {
  if (!route.has_access || route.kind != RouteKind::redirect) return;
  diagnostics.add(diag::make("WCTL1447", route.path.mark,
                             fmt::format("access of route {} is never asked, since it redirects",
                                         diag::quote(route.path.value)),
                             "restrict the path that it leads to"));
}

// An application below the route inherits what the route says.
void requests_of(const Site& site, const Route& route, diag::Diagnostics& diagnostics) {
  if (route.settings.empty()) return;
  const bool used = std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& other) {
    return other.kind == RouteKind::app &&
           model::is_below_or_equal(other.path.value, route.path.value);
  });
  if (!used)
    diagnostics.add(diag::make("WCTL1411", route.settings.front().mark,
                               fmt::format("requests has no effect without an application below {}",
                                           diag::quote(route.path.value)),
                               "remove it"));
}

bool is_of_framing(const std::string& name) {
  return name == "content-length" || name == "transfer-encoding";
}

// mod_headers writes it beside the one that tells where the message ends.
void framing_of(const std::vector<model::Variable>& headers, diag::Diagnostics& diagnostics) {
  for (const model::Variable& header : headers)
    if (is_of_framing(lower(header.name.value)))
      diagnostics.add(diag::make("WCTL1450", header.name.mark,
                                 fmt::format("{} says where a message ends, and is not to be set",
                                             diag::quote(header.name.value)),
                                 "remove it"));
}

void own_header(const Text& name, diag::Diagnostics& diagnostics) {
  const std::string text = lower(name.value);
  const bool server = text == "server";
  if (server || text == "date" || is_of_framing(text))
    diagnostics.add(diag::make(
        "WCTL1442", name.mark, fmt::format("Apache writes {} itself", diag::quote(name.value)),
        server ? "remove it; ServerTokens Prod makes the header short" : "remove it"));
}

// Another server answers some route of SITE, and its headers can be changed.
bool is_proxied(const Site& site, const std::unordered_set<std::string_view>& instances) {
  return std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& route) {
    return route.kind == RouteKind::proxy ||
           (route.kind == RouteKind::app && instances.contains(route.app.value));
  });
}

void headers_of(const Site& site, diag::Diagnostics& diagnostics) {
  for (const model::Variable& header : site.headers)
    if (!is_of_framing(lower(header.name.value))) own_header(header.name, diagnostics);
  for (const Text& name : site.remove_headers) own_header(name, diagnostics);
}

void acme_of(const Site& site, const ExtraDirectives& common, diag::Diagnostics& diagnostics) {
  if (!site.has_tls || !site.tls.has_acme) return;
  for (const ExtraDirectives* list : {&common, &site.extra_directives})
    if (has_directive(*list, "mdchallengedns01")) return;
  for (const Text& alias : site.aliases)
    if (alias.value.starts_with("*."))
      diagnostics.add(
          diag::make("WCTL1444", alias.mark,
                     fmt::format("no authority gives a certificate for {} without a challenge by "
                                 "DNS",
                                 diag::quote(alias.value)),
                     "name the aliases one by one, or name certificate and key"));
}

}  // namespace

void rule_effect(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  const ExtraDirectives& common = definition.server.extra_directives;
  const auto instances = instances_of(definition);
  for (const Site& site : definition.sites) {
    for (const Route& route : site.routes) {
      access_of(route, diagnostics);
      requests_of(site, route, diagnostics);
    }
    framing_of(site.headers, diagnostics);
    framing_of(site.request_headers, diagnostics);
    if (!is_proxied(site, instances)) headers_of(site, diagnostics);
    acme_of(site, common, diagnostics);
  }
}

}  // namespace wsgictl::check
