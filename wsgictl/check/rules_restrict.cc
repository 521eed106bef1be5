// SPDX-License-Identifier: Apache-2.0
// Offline rule about requests.process_groups: the application of a route must be in the list that
// holds for it. See rules_internal.h.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/keys.h"
#include "model/routing.h"

namespace wsgictl::check {
namespace {

using model::Parsed;
using model::Route;
using model::Settings;
using model::Site;

bool is_list(const Parsed& setting) { return setting.row->directive == "WSGIRestrictProcess"; }

bool restricts(const Settings& settings) {
  return std::any_of(settings.begin(), settings.end(), is_list);
}

// The list of the nearest route above ROUTE, or of the site; null if there is none.
const Settings* list_of(const Site& site, const Route& route) {
  for (const Route* above : model::matching_routes(site, route.path.value))
    if (restricts(above->settings)) return &above->settings;
  return restricts(site.settings) ? &site.settings : nullptr;
}

void route_of(const Site& site, const Route& route, diag::Diagnostics& diagnostics) {
  const Settings* list = list_of(site, route);
  if (list == nullptr) return;
  const bool listed = std::any_of(list->begin(), list->end(), [&](const Parsed& one) {
    return is_list(one) && one.text == route.app.value;
  });
  if (listed) return;
  diag::Diagnostic d =
      diag::make("WCTL1446", route.app.mark,
                 fmt::format("route {} may not use the processes of {}",
                             diag::quote(route.path.value), diag::quote(route.app.value)),
                 fmt::format("add {} to process_groups", route.app.value));
  d.related.push_back(
      {std::find_if(list->begin(), list->end(), is_list)->mark, "only these are allowed"});
  diagnostics.add(std::move(d));
}

}  // namespace

void rule_process_groups(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Site& site : definition.sites) {
    const bool any = restricts(site.settings) ||
                     std::any_of(site.routes.begin(), site.routes.end(),
                                 [](const Route& route) { return restricts(route.settings); });
    if (!any) continue;
    for (const Route& route : site.routes)
      if (route.kind == model::RouteKind::app) route_of(site, route, diagnostics);
  }
}

}  // namespace wsgictl::check
