// SPDX-License-Identifier: Apache-2.0
// Paths of routes; see route_paths.h.
#include "conf/route_paths.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/escape.h"

namespace wsgictl::conf {
namespace {

using model::Route;
using model::RouteKind;

std::string alternatives(const std::vector<std::string>& paths, const char* end) {
  if (paths.empty()) return "";
  std::string text;
  for (const std::string& path : paths)
    text += (&path == &paths.front() ? "" : "|") + regex_literal(path);
  return "(?!(?:" + text + ")" + end + ")";
}

}  // namespace

bool is_proxied(const Route& route, const Apps& apps) {
  if (route.kind != RouteKind::app) return route.kind == RouteKind::proxy;
  const auto app = apps.find(route.app.value);
  return app != apps.end() && app->second->is_instance();
}

bool is_over_tls(const Route& route) {
  return route.kind == RouteKind::proxy && route.proxy.value.starts_with("https://");
}

bool is_below(const std::string& path, const std::string& parent) {
  if (path == parent) return false;
  return parent == "/" || path.starts_with(parent + "/");
}

RouteList longest_first(const model::Site& site) {
  RouteList routes;
  for (const Route& route : site.routes) routes.push_back(&route);
  std::sort(routes.begin(), routes.end(), [](const Route* a, const Route* b) {
    const std::string& x = a->path.value;
    const std::string& y = b->path.value;
    return x.size() != y.size() ? x.size() > y.size() : x < y;
  });
  return routes;
}

void Without::add(const Route& route, std::size_t base) {
  (route.kind == RouteKind::file ? exact : prefixes).push_back(route.path.value.substr(base));
}

std::string Without::expression() const {
  return alternatives(prefixes, "(?:/|$)") + alternatives(exact, "$");
}

std::string expression(const Route& route, const RouteList& others) {
  const std::string base = route.path.value == "/" ? "" : route.path.value;
  Without without;
  for (const Route* other : others) without.add(*other, base.size());
  return "^" + regex_literal(base) + without.expression() + "(/.*)?$";
}

std::string exactly(const Route& route) { return "^" + regex_literal(route.path.value) + "$"; }

void begin_route(Block& out, const Route& route) {
  out.from(route.path.mark);
  out.blank();
  out.comment(fmt::format("{}: route {}", place(route.path.mark), route.path.value));
}

}  // namespace wsgictl::conf
