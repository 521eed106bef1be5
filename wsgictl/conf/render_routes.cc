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
#include "diag/text.h"

namespace wsgictl::conf {
namespace {

using model::Route;
using model::RouteKind;

constexpr const char* kCacheControl = "Cache-Control";
constexpr const char* kNotOfErrors = "expr=%{REQUEST_STATUS} -lt 400";

// mod_proxy answers: another server, or the instance of an application.
bool is_proxied(const Route& route, const Apps& apps) {
  if (route.kind != RouteKind::app) return route.kind == RouteKind::proxy;
  const auto app = apps.find(route.app.value);
  return app != apps.end() && app->second->is_instance();
}

bool is_below(const std::string& path, const std::string& parent) {
  if (path == parent) return false;
  return parent == "/" || path.starts_with(parent + "/");
}

// Paths that an expression does not match: prefixes with all below them, and single paths.
struct Without {
  std::vector<std::string> prefixes, exact;

  void add(const Route& route, std::size_t base) {
    (route.kind == RouteKind::file ? exact : prefixes).push_back(route.path.value.substr(base));
  }
  std::string expression() const {
    return alternatives(prefixes, "(?:/|$)") + alternatives(exact, "$");
  }

 private:
  static std::string alternatives(const std::vector<std::string>& paths, const char* end) {
    if (paths.empty()) return "";
    std::string text;
    for (const std::string& path : paths)
      text += (&path == &paths.front() ? "" : "|") + regex_literal(path);
    return "(?!(?:" + text + ")" + end + ")";
  }
};

bool over_tls(const Route& route) {
  return route.kind == RouteKind::proxy && route.proxy.value.starts_with("https://");
}

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

std::vector<const Route*> longest_first(const model::Site& site) {
  std::vector<const Route*> routes;
  for (const Route& route : site.routes) routes.push_back(&route);
  std::sort(routes.begin(), routes.end(), [](const Route* a, const Route* b) {
    const std::string& x = a->path.value;
    const std::string& y = b->path.value;
    return x.size() != y.size() ? x.size() > y.size() : x < y;
  });
  return routes;
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
    proxies();
    for (int asked = 1; asked <= 4; ++asked)
      for (const Route* route : routes_)
        if (rank(*route, apps_) == asked) one(*route);
  }

 private:
  // Of two that match, the later one in the file wins: the deepest comes last.
  void locations() {
    for (auto route = routes_.rbegin(); route != routes_.rend(); ++route)
      add_location(out_, **route, {host_header(**route), error_override(**route)});
  }

  // mod_ssl holds the certificate of the other server against the Host header that is sent, so a
  // TLS server gets its own name. What is said for a path holds below it, for the instance too.
  HostHeader host_header(const Route& route) const {
    if (!is_proxied(route, apps_)) return HostHeader::unsaid;
    if (over_tls(route)) return HostHeader::of_target;
    const bool below = std::any_of(routes_.begin(), routes_.end(), [&](const Route* other) {
      return over_tls(*other) && is_below(route.path.value, other->path.value);
    });
    return below ? HostHeader::of_client : HostHeader::unsaid;
  }

  bool replaces_errors(const Route& route) const {
    return route.kind == RouteKind::app && is_proxied(route, apps_) &&
           is_on("WSGIErrorOverride", site_, route);
  }

  // The page of an instance is replaced here, where the error documents are.
  std::optional<bool> error_override(const Route& route) const {
    const bool any = std::any_of(routes_.begin(), routes_.end(),
                                 [&](const Route* other) { return replaces_errors(*other); });
    if (!any || !is_proxied(route, apps_)) return std::nullopt;
    return replaces_errors(route);
  }

  void one(const Route& route) {
    begin(route);
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
        return;  // proxies() wrote it
    }
  }

  void begin(const Route& route) {
    out_.from(route.path.mark);
    out_.blank();
    out_.comment(fmt::format("{}: route {}", place(route.path.mark), route.path.value));
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

  // An expression for PATH and all below it but for OTHERS; group 1 is what follows.
  static std::string expression(const Route& route, const std::vector<const Route*>& others) {
    const std::string base = route.path.value == "/" ? "" : route.path.value;
    Without without;
    for (const Route* other : others) without.add(*other, base.size());
    return "^" + regex_literal(base) + without.expression() + "(/.*)?$";
  }

  static std::string exactly(const Route& route) {
    return "^" + regex_literal(route.path.value) + "$";
  }

  void proxies() {
    bool first = true;
    for (const Route* route : routes_) {
      const bool proxy = is_proxied(*route, apps_);
      if (!proxy && !below_a_proxy(*route)) continue;
      if (first) {
        out_.from(route->path.mark);
        out_.blank();
        out_.directive("ProxyPreserveHost", {word("On")});
        tell("X-Forwarded-Proto", endpoint_.tls ? "https" : "http");
        tell("X-Forwarded-Port", std::to_string(endpoint_.port));
        forget_host();
        first = false;
      }
      begin(*route);
      if (proxy && route->kind == RouteKind::app) {
        pass_to_instance(*route);
      } else if (proxy) {
        pass(*route);
      } else if (route->kind == RouteKind::file) {
        out_.directive("ProxyPassMatch", {value(exactly(*route), route->path.mark), word("!")});
      } else {
        out_.directive("ProxyPass", {value(route->path), word("!")});
      }
    }
  }

  bool below_a_proxy(const Route& route) const {
    return std::any_of(routes_.begin(), routes_.end(), [&](const Route* other) {
      return is_proxied(*other, apps_) && is_below(route.path.value, other->path.value);
    });
  }

  // What a client says of itself is replaced; what a proxy in front of this server says is kept,
  // and so is what the site says.
  void tell(const char* header, const std::string& text) {
    const bool said = std::any_of(
        site_.request_headers.begin(), site_.request_headers.end(),
        [&](const auto& given) { return diag::lower(given.name.value) == diag::lower(header); });
    if (said) return;
    std::vector<Argument> args{word("set"), word(header), value(text, {})};
    if (!site_.behind_proxy.empty())
      out_.directive("RequestHeader", {word("setifempty"), word(header), value(text, {})});
    add_untrusted(args);
    out_.directive("RequestHeader", std::move(args));
  }

  // mod_proxy would add the real host behind what the client says.
  void forget_host() {
    std::vector<Argument> args{word("unset"), word("X-Forwarded-Host")};
    add_untrusted(args);
    out_.directive("RequestHeader", std::move(args));
  }

  // Holds for requests of all but the proxies that the site trusts.
  void add_untrusted(std::vector<Argument>& args) const {
    if (site_.behind_proxy.empty()) return;
    std::string trusted;
    for (const model::Text& given : site_.behind_proxy)
      for (const std::string& network : networks_for_apache(given.value))
        trusted += (trusted.empty() ? "" : " || ") + fmt::format("-R '{}'", network);
    args.push_back(value("expr=!(" + trusted + ")", site_.behind_proxy.front().mark));
  }

  // A connection for each request: one that is kept could be closed by a reload of the instance
  // just when it is used. retry=0: it is asked again as soon as it is back.
  void pass_to_instance(const Route& route) {
    const model::App& app = *apps_.at(route.app.value);
    const std::string target =
        fmt::format("http://127.0.0.1:{}{}", app.port.value, route.path.value);
    out_.directive("ProxyPass", {value(route.path), value(target, app.port.mark),
                                 word("disablereuse", "On"), word("retry", "0")});
    out_.directive("ProxyPassReverse", {value(route.path), value(target, app.port.mark)});
  }

  // Path and target must both end in a slash, or neither: mod_proxy joins them as text.
  void pass(const Route& route) {
    std::string target = route.proxy.value;
    while (target.ends_with('/')) target.pop_back();
    if (route.path.value == "/") target += '/';
    out_.from(route.proxy.mark);
    if (over_tls(route)) out_.directive("SSLProxyEngine", {word("On")});
    std::vector<Argument> args{value(route.path), value(target, route.proxy.mark)};
    if (route.timeout.given) args.push_back(word("timeout", std::to_string(route.timeout.value)));
    if (route.websockets.value) args.push_back(word("upgrade", "websocket"));
    out_.directive("ProxyPass", std::move(args));
    out_.directive("ProxyPassReverse", {value(route.path), value(target, route.proxy.mark)});
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
