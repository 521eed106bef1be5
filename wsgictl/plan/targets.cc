// SPDX-License-Identifier: Apache-2.0
// Definition to addresses; see targets.h.
#include "plan/targets.h"

#include <algorithm>

#include "model/endpoints.h"

namespace wsgictl::plan {
namespace {

// The endpoint that serves, not one that only redirects; a wildcard is asked on the loopback.
HealthTarget site_target(const model::Site& site) {
  HealthTarget target;
  target.host = site.name.value;
  target.path = "/";
  for (const model::Endpoint& endpoint : model::endpoints(site)) {
    if (endpoint.redirect) continue;
    target.tls = endpoint.tls;
    target.port = endpoint.port;
    const bool any = endpoint.address == "*" || endpoint.address == "0.0.0.0";
    target.address = any ? "127.0.0.1" : endpoint.address == "[::]" ? "[::1]" : endpoint.address;
    break;
  }
  return target;
}

// The mount point in front of a path below it: "/" + "/healthz", "/shop" + "/healthz".
std::string below_mount(const std::string& mount, const std::string& path) {
  return mount == "/" ? path : mount + path;
}

HealthTarget app_target(const model::App& app, const model::Site& site, const model::Route& route) {
  HealthTarget target = site_target(site);
  target.app = app.name.value;
  const std::string path = app.health.path.value.empty() ? "/" : app.health.path.value;
  target.path = below_mount(route.path.value, path);
  for (const model::Integer& status : app.health.status)
    target.status.push_back(static_cast<int>(status.value));
  if (app.health.deadline.value > 0) target.deadline = static_cast<int>(app.health.deadline.value);
  if (!app.health.host.value.empty()) target.host = app.health.host.value;
  return target;
}

const model::Route* route_to(const model::Site& site, const std::string& app) {
  for (const model::Route& route : site.routes)
    if (route.kind == model::RouteKind::app && route.app.value == app) return &route;
  return nullptr;
}

bool routes_to_an_app(const model::Site& site) {
  return std::any_of(site.routes.begin(), site.routes.end(),
                     [](const model::Route& route) { return route.kind == model::RouteKind::app; });
}

}  // namespace

std::string HealthTarget::url() const {
  const int usual = tls ? 443 : 80;
  return std::string(tls ? "https://" : "http://") + host +
         (port == usual ? "" : ":" + std::to_string(port)) + path;
}

std::vector<HealthTarget> health_targets(const model::Definition& definition) {
  std::vector<HealthTarget> targets;
  for (const model::App& app : definition.apps) {
    for (const model::Site& site : definition.sites) {
      const model::Route* route = route_to(site, app.name.value);
      if (route == nullptr) continue;
      targets.push_back(app_target(app, site, *route));
      break;
    }
  }
  for (const model::Site& site : definition.sites)
    if (!routes_to_an_app(site)) targets.push_back(site_target(site));
  return targets;
}

}  // namespace wsgictl::plan
