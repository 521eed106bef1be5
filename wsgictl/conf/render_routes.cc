// SPDX-License-Identifier: Apache-2.0
// Routes of one virtual host. The longest path must win whatever kind it is, but Apache asks its
// modules in a fixed order: mod_proxy, then redirects, then Alias, then WSGIScriptAlias, each in
// file order. So paths are sorted longest first, and a route that is asked early leaves out what
// belongs to a deeper route of a module asked later. A file answers at its own path and nowhere
// below it.
#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "conf/escape.h"
#include "conf/redirect_target.h"
#include "conf/render_internal.h"
#include "conf/route_paths.h"

namespace wsgictl::conf {
namespace {

using model::Route;
using model::RouteKind;

constexpr const char* kCacheControl = "Cache-Control";
constexpr const char* kNotOfErrors = "expr=%{REQUEST_STATUS} -lt 400";

// Who answers, in the order in which Apache asks: mod_proxy, redirects, aliases as they are
// written (folders first), applications.
int rank(const Route& route, const Apps& apps) {
  if (is_proxied(route, apps)) return 0;
  switch (route.kind) {
    case RouteKind::proxy:
      return 0;
    case RouteKind::redirect:
      return 1;
    case RouteKind::directory:
      return 2;
    case RouteKind::file:
      return 3;
    case RouteKind::app:
      return 4;
  }
  return 4;
}

class Routes {
 public:
  Routes(Block& out, const Apps& apps, const model::Site& site, const model::Endpoint& endpoint,
         const host::Layout& layout)
      : out_(out),
        apps_(apps),
        site_(site),
        endpoint_(endpoint),
        layout_(layout),
        routes_(longest_first(site)) {}

  void add() {
    locations();
    add_proxies(out_, apps_, site_, endpoint_);
    for (int asked = 1; asked <= 4; ++asked)
      for (const Route* route : routes_)
        if (rank(*route, apps_) == asked) one(*route);
  }

 private:
  // Of two that match, the later one in the file wins: the deepest comes last.
  void locations() {
    for (auto route = routes_.rbegin(); route != routes_.rend(); ++route)
      add_location(out_, **route, proxy_settings(apps_, site_, **route));
  }

  void one(const Route& route) {
    begin_route(out_, route);
    switch (route.kind) {
      case RouteKind::redirect:
        redirect(route);
        return;
      case RouteKind::directory:
        directory(route);
        return;
      case RouteKind::file:
        file(route);
        return;
      case RouteKind::app:
        app(route);
        return;
      case RouteKind::proxy:
        return;  // add_proxies() wrote it
    }
  }

  std::vector<const Route*> deeper(const Route& route) const {
    std::vector<const Route*> found;
    for (const Route* other : routes_)
      if (is_below(other->path.value, route.path.value)) found.push_back(other);
    return found;
  }

  std::vector<const Route*> deeper_and_asked_later(const Route& route) const {
    std::vector<const Route*> found = deeper(route);
    std::erase_if(found,
                  [&](const Route* other) { return rank(*other, apps_) <= rank(route, apps_); });
    return found;
  }

  void redirect(const Route& route) {
    out_.directive("RedirectMatch",
                   {word(std::to_string(route.status.value)),
                    value(expression(route, deeper_and_asked_later(route)), route.path.mark),
                    value(substitution_literal(redirect_target(route.redirect.value).text),
                          route.redirect.mark)});
  }

  // By URL: two routes may lead to one folder. The header of the site, which stands in the table of
  // all responses, would be sent beside it.
  void cache(const Route& route) {
    if (!route.cache.given) return;
    out_.from(route.cache.mark);
    Block inner(route.cache.mark);
    const auto& headers = site_.headers;
    if (std::any_of(headers.begin(), headers.end(), [](const model::Variable& header) {
          return strcasecmp(header.name.value.c_str(), kCacheControl) == 0;
        }))
      inner.directive("Header", {word("always"), word("unset"), word(kCacheControl),
                                 value(kNotOfErrors, route.cache.mark)});
    inner.directive(
        "Header", {word("set"), word(kCacheControl),
                   value(fmt::format("public, max-age={}", route.cache.value), route.cache.mark)});
    const bool file = route.kind == RouteKind::file;
    out_.section("LocationMatch",
                 {value(file ? exactly(route) : expression(route, deeper(route)), route.path.mark)},
                 std::move(inner));
  }

  void directory(const Route& route) {
    const std::string& folder = route.directory.value;
    if (route.path.value == "/") {
      // DocumentRoot comes after every alias, so deeper routes win by themselves.
      out_.directive("DocumentRoot", {value(route.directory)});
    } else if (const auto others = deeper_and_asked_later(route); others.empty()) {
      out_.directive("Alias", {value(route.path), value(route.directory)});
    } else {
      out_.directive("AliasMatch",
                     {value(expression(route, others), route.path.mark),
                      value(substitution_literal(folder) + "$1", route.directory.mark)});
    }
    Block inner(route.directory.mark);
    inner.directive("Options", {word("SymLinksIfOwnerMatch")});
    inner.directive("AllowOverride", {word("None")});
    inner.directive("Require", {word("all"), word("granted")});
    out_.section("Directory", {value(route.directory)}, std::move(inner));
    cache(route);
  }

  void file(const Route& route) {
    out_.directive("AliasMatch", {value(exactly(route), route.path.mark),
                                  value(substitution_literal(route.file.value), route.file.mark)});
    grant(route.file.value, route.file.mark);
    cache(route);
  }

  void app(const Route& route) {
    const auto found = apps_.find(route.app.value);
    if (found == apps_.end()) return;  // an error of check/ before
    const model::App& target = *found->second;
    const bool generated = target.module.given;
    const std::string script = generated ? script_path(layout_, target) : target.script.value;
    const diag::Mark& mark = generated ? target.module.mark : target.script.mark;
    // Both groups on the alias: the script is loaded when a process starts, before it serves.
    std::vector<Argument> args{value(route.path), value(script, mark),
                               value("process-group", target.name.value, target.name.mark),
                               word("application-group", "%{GLOBAL}")};
    if (target.callable.given && !generated)
      args.push_back(value("callable-object", target.callable.value, target.callable.mark));
    if (site_.authorization_header.value == "application")
      args.push_back(word("pass-authorization", "On"));
    out_.directive("WSGIScriptAlias", std::move(args));
    grant(script, mark);
  }

  // Access to one file, once.
  void grant(const std::string& path, const diag::Mark& mark) {
    if (!granted_.insert(path).second) return;
    const std::filesystem::path split(path);
    Block rights(mark);
    rights.directive("Require", {word("all"), word("granted")});
    Block inner(mark);
    inner.section("Files", {value(split.filename().string(), mark)}, std::move(rights));
    out_.section("Directory", {value(split.parent_path().string(), mark)}, std::move(inner));
  }

  Block& out_;
  const Apps& apps_;
  const model::Site& site_;
  const model::Endpoint& endpoint_;
  const host::Layout& layout_;
  std::vector<const Route*> routes_;
  std::set<std::string> granted_;
};

}  // namespace

void add_routes(Block& out, const Apps& apps, const model::Site& site,
                const model::Endpoint& endpoint, const host::Layout& layout) {
  Routes(out, apps, site, endpoint, layout).add();
}

void add_nothing_else(Block& out, const model::Site& site) {
  Without routed;
  for (const Route* route : longest_first(site)) {
    if (route->path.value == "/" && route->kind != RouteKind::file) return;
    routed.add(*route, 1);
  }
  if (site.has_tls && site.tls.has_acme) routed.prefixes.push_back(".well-known/acme-challenge");
  out.from(site.name.mark);
  out.blank();
  out.comment("What no route matches is not found.");
  out.directive("RedirectMatch", {word("404"), value("^/" + routed.expression(), site.name.mark)});
}

}  // namespace wsgictl::conf
