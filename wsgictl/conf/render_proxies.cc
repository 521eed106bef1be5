// SPDX-License-Identifier: Apache-2.0
// What is passed to another server or to the instance of an application (mod_proxy); see
// render_internal.h.
#include <fmt/format.h>

#include <algorithm>

#include "conf/escape.h"
#include "conf/render_internal.h"
#include "conf/route_paths.h"
#include "diag/text.h"

namespace wsgictl::conf {
namespace {

using model::Route;
using model::RouteKind;

class Proxies {
 public:
  Proxies(Block& out, const Apps& apps, const model::Site& site, const model::Endpoint& endpoint)
      : out_(out), apps_(apps), site_(site), endpoint_(endpoint), routes_(longest_first(site)) {}

  void add() {
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
      begin_route(out_, *route);
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

 private:
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
    if (is_over_tls(route)) out_.directive("SSLProxyEngine", {word("On")});
    std::vector<Argument> args{value(route.path), value(target, route.proxy.mark)};
    if (route.timeout.given) args.push_back(word("timeout", std::to_string(route.timeout.value)));
    if (route.websockets.value) args.push_back(word("upgrade", "websocket"));
    out_.directive("ProxyPass", std::move(args));
    out_.directive("ProxyPassReverse", {value(route.path), value(target, route.proxy.mark)});
  }

  Block& out_;
  const Apps& apps_;
  const model::Site& site_;
  const model::Endpoint& endpoint_;
  RouteList routes_;
};

// mod_ssl holds the certificate of the other server against the Host header that is sent, so a
// TLS server gets its own name. What is said for a path holds below it, for the instance too.
HostHeader host_header(const Apps& apps, const model::Site& site, const Route& route) {
  if (!is_proxied(route, apps)) return HostHeader::unsaid;
  if (is_over_tls(route)) return HostHeader::of_target;
  const bool below = std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& other) {
    return is_over_tls(other) && is_below(route.path.value, other.path.value);
  });
  return below ? HostHeader::of_client : HostHeader::unsaid;
}

bool replaces_errors(const Apps& apps, const model::Site& site, const Route& route) {
  return route.kind == RouteKind::app && is_proxied(route, apps) &&
         is_on("WSGIErrorOverride", site, route);
}

// The page of an instance is replaced here, where the error documents are.
std::optional<bool> error_override(const Apps& apps, const model::Site& site, const Route& route) {
  if (!is_proxied(route, apps)) return std::nullopt;
  const bool any = std::any_of(site.routes.begin(), site.routes.end(), [&](const Route& other) {
    return replaces_errors(apps, site, other);
  });
  if (!any) return std::nullopt;
  return replaces_errors(apps, site, route);
}

}  // namespace

void add_proxies(Block& out, const Apps& apps, const model::Site& site,
                 const model::Endpoint& endpoint) {
  Proxies(out, apps, site, endpoint).add();
}

ProxySettings proxy_settings(const Apps& apps, const model::Site& site, const Route& route) {
  return {host_header(apps, site, route), error_override(apps, site, route)};
}

}  // namespace wsgictl::conf
