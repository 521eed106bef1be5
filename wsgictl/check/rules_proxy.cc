// SPDX-License-Identifier: Apache-2.0
// Offline rules about proxies: those in front of a site, whose address Apache takes for the
// client's, and routes that are passed on and share a worker of mod_proxy. See rules_internal.h.
// Source: httpd manual, "mod_proxy" (workers), "mod_remoteip", "mod_authz_host"; measured.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::ExtraDirective;
using model::ExtraDirectives;
using model::Route;
using model::RouteKind;
using model::Site;

// RemoteIPHeader of LIST, or null.
const ExtraDirective* remote_ip(const ExtraDirectives& list) {
  const auto found = std::find_if(list.begin(), list.end(), [](const ExtraDirective& extra) {
    return lower(extra.directive.value) == "remoteipheader";
  });
  return found == list.end() ? nullptr : &*found;
}

void addresses_of(const Site& site, diag::Diagnostics& diagnostics) {
  const diag::Mark& proxies = site.behind_proxy.front().mark;
  for (const Route& route : site.routes) {
    if (!route.access.networks.empty())
      add_related(
          diagnostics, "WCTL1434", route.access.networks.front().mark, proxies,
          "the site is behind these proxies",
          fmt::format("networks of route {} are compared with the proxy's address",
                      diag::quote(route.path.value)),
          "restrict the path at the proxy; or see `wsgictl explain WCTL1434` for mod_remoteip");
    if (route.access.host_script.given)
      add_related(
          diagnostics, "WCTL1435", route.access.host_script.mark, proxies,
          "the site is behind these proxies",
          fmt::format("the script of route {} is called with the proxy's address",
                      diag::quote(route.path.value)),
          "let it read X-Forwarded-For, or see `wsgictl explain WCTL1434` for mod_remoteip");
  }
}

// A target as mod_proxy compares it: its workers begin with it, letter by letter.
struct Worker {
  const Route* route;
  std::string url;
};

Worker worker_of(const Route& route) {
  std::string url = route.proxy.value;
  while (url.ends_with('/')) url.pop_back();
  const std::size_t path = std::min(url.find('/', url.find("://") + 3), url.size());
  url = lower(url.substr(0, path)) + url.substr(path);
  return {&route, route.path.value == "/" ? url + "/" : url};
}

bool same_options(const Route& a, const Route& b) {
  return a.websockets.value == b.websockets.value && a.timeout.given == b.timeout.given &&
         a.timeout.value == b.timeout.value;
}

void workers_of(const Site& site, diag::Diagnostics& diagnostics) {
  std::vector<const Route*> routes;
  for (const Route& route : site.routes)
    if (route.kind == RouteKind::proxy) routes.push_back(&route);
  // As they are rendered: the longest path first.
  std::sort(routes.begin(), routes.end(), [](const Route* a, const Route* b) {
    const std::string& x = a->path.value;
    const std::string& y = b->path.value;
    return x.size() != y.size() ? x.size() > y.size() : x < y;
  });
  std::vector<Worker> workers;
  for (const Route* route : routes) {
    const Worker mine = worker_of(*route);
    const Worker* used = nullptr;
    for (const Worker& worker : workers)
      if (mine.url.starts_with(worker.url) &&
          (used == nullptr || worker.url.size() > used->url.size()))
        used = &worker;
    if (used == nullptr) {
      workers.push_back(mine);
    } else if (!same_options(*route, *used->route)) {
      add_related(diagnostics, "WCTL1438", route->proxy.mark, used->route->proxy.mark,
                  "the options of this one count",
                  fmt::format("route {} gets the timeout and websockets of route {}",
                              diag::quote(route->path.value), diag::quote(used->route->path.value)),
                  "give both the same options, or name the host in another way");
    }
  }
}

}  // namespace

void rule_behind_proxy(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  const ExtraDirective* for_all = remote_ip(definition.server.extra_directives);
  for (const Site& site : definition.sites) {
    if (site.behind_proxy.empty()) continue;
    const ExtraDirective* own = remote_ip(site.extra_directives);
    if (const ExtraDirective* module = own != nullptr ? own : for_all)
      add_related(diagnostics, "WCTL1436", site.behind_proxy.front().mark, module->mark,
                  "which replaces the proxy's address first",
                  "behind_proxy believes no proxy, since mod_remoteip hides it",
                  "keep one of the two");
    else
      addresses_of(site, diagnostics);
  }
}

void rule_proxies(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Site& site : definition.sites) workers_of(site, diagnostics);
}

}  // namespace wsgictl::check
