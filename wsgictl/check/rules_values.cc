// SPDX-License-Identifier: Apache-2.0
// Offline rules about values that one of Apache's modules would send as another text, and that
// cannot be written in any other way, and about those that nothing uses. See rules_internal.h.
// Source: httpd manual, "mod_alias", "mod_auth_digest", "mod_proxy"; measured on Apache 2.4.71.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include "check/rules_internal.h"
#include "conf/module_tables.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/keys.h"

namespace wsgictl::check {
namespace {

using model::Route;
using model::RouteKind;
using model::Site;

void redirect_of(const Route& route, diag::Diagnostics& diagnostics) {
  const std::string& url = route.redirect.value;
  const std::size_t host = url.find("://") + 3;
  if (route.kind != RouteKind::redirect || !url.starts_with("http") || url[host] != '[') return;
  diagnostics.add(diag::make("WCTL1451", route.redirect.mark,
                             fmt::format("the brackets of {} would be sent as %5b and %5d",
                                         diag::quote(url.substr(0, url.find('/', host)))),
                             "name the host, or write Redirect under extra_directives"));
}

// The client sends the realm back with its quotes undone, and Apache compares it with them; a colon
// ends it in the file.
void realm_of(const Route& route, diag::Diagnostics& diagnostics) {
  const model::Access& access = route.access;
  if (access.type.value != "digest" || !access.realm.given) return;
  const bool file = access.users_file.given;
  if (access.realm.value.find_first_of(file ? "\"\\:" : "\"\\") != std::string::npos)
    diagnostics.add(diag::make(
        "WCTL1452", access.realm.mark,
        fmt::format("nobody can log in to the realm {}", diag::quote(access.realm.value)),
        file ? "write it without quotes, backslashes and colons, in the password file too"
             : "write it without quotes and backslashes"));
}

// What mod_proxy adds its own value to, or passes to nobody.
bool is_of_proxy(std::string_view name, bool over_tls) {
  constexpr std::string_view kOwn[] = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-server",
                                       "connection",      "keep-alive",       "te",
                                       "trailer",         "upgrade",          "proxy-authorization",
                                       "expect"};
  return std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn) ||
         (over_tls && name == "host");
}

void request_headers_of(const Site& site, const std::unordered_set<std::string_view>& instances,
                        diag::Diagnostics& diagnostics) {
  for (const model::Variable& header : site.request_headers) {
    const std::string name = diag::lower(header.name.value);
    const auto route = std::find_if(site.routes.begin(), site.routes.end(), [&](const Route& one) {
      const bool proxy = one.kind == RouteKind::proxy;
      return (proxy || (one.kind == RouteKind::app && instances.contains(one.app.value))) &&
             is_of_proxy(name, proxy && one.proxy.value.starts_with("https://"));
    });
    if (route != site.routes.end())
      add_related(
          diagnostics, "WCTL1453", header.name.mark, route->path.mark, "passed on from here",
          fmt::format("{} does not arrive as it is written here", diag::quote(header.name.value)),
          "give the other server the value in a header with another name");
  }
}

// The module believes these from the proxies in front of the site and removes them from all others,
// whoever has set them.
void trusted_headers_of(const Site& site, const std::unordered_set<std::string_view>& instances,
                        diag::Diagnostics& diagnostics) {
  constexpr std::string_view kTrusted[] = {"x-forwarded-for", "x-forwarded-proto",
                                           "x-forwarded-host", "x-forwarded-port"};
  const bool applies =
      !site.behind_proxy.empty() &&
      std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& route) {
        return route.kind == RouteKind::app && !instances.contains(route.app.value);
      });
  if (!applies) return;
  for (const model::Variable& header : site.request_headers)
    if (std::find(std::begin(kTrusted), std::end(kTrusted), diag::lower(header.name.value)) !=
        std::end(kTrusted))
      add_related(diagnostics, "WCTL1454", header.name.mark, site.behind_proxy.front().mark,
                  "who is believed is said here",
                  fmt::format("{} is removed from requests of clients that are no such proxy",
                              diag::quote(header.name.value)),
                  "let the proxies send it, or remove behind_proxy");
}

void effect_of(const model::Settings& settings, diag::Diagnostics& diagnostics) {
  for (const model::Parsed& setting : settings)
    if (const auto why = conf::module_ignores(setting.row->directive))
      diagnostics.add(diag::make(
          "WCTL1455", setting.mark,
          fmt::format("{} has no effect: {}", model::plain_path(setting.row->path), *why),
          "remove it"));
}

}  // namespace

void rule_values(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  const auto instances = instances_of(definition);
  for (const Site& site : definition.sites) {
    for (const Route& route : site.routes) {
      redirect_of(route, diagnostics);
      realm_of(route, diagnostics);
    }
    request_headers_of(site, instances, diagnostics);
    trusted_headers_of(site, instances, diagnostics);
  }
  effect_of(definition.server.settings, diagnostics);
}

}  // namespace wsgictl::check
