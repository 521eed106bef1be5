// SPDX-License-Identifier: Apache-2.0
// The virtual hosts of one site; see render_internal.h.
#include <fmt/format.h>

#include <algorithm>

#include "conf/render_internal.h"
#include "model/keys.h"

namespace wsgictl::conf {
namespace {

void add_names(Block& out, const model::Site& site) {
  out.from(site.name.mark);
  out.directive("ServerName", {value(site.name)});
  if (site.aliases.empty()) return;
  std::vector<Argument> aliases;
  for (const model::Text& alias : site.aliases) aliases.push_back(value(alias));
  out.from(site.aliases.front().mark);
  out.directive("ServerAlias", std::move(aliases));
}

void add_logs(Block& out, const model::Site& site, const host::Layout& layout) {
  const std::string base = layout.log_dir + "/" + site.name.value;
  const auto log = [&](const model::Text& given, const char* end) {
    return given.given ? value(given) : value(base + end, site.name.mark);
  };
  if (layout.log_dir.empty()) return;  // an instance: its service says where
  out.from(site.name.mark);
  out.directive("ErrorLog", {log(site.error_log, "-error.log")});
  out.directive("CustomLog", {log(site.access_log, "-access.log"),
                              site.log_format.given ? value(site.log_format) : word("combined")});
}

// Without those of applications and of bodies, of which a redirect has none.
model::Settings of_connections(model::Settings settings) {
  std::erase_if(settings, [](const model::Parsed& one) {
    return one.row->directive.starts_with("WSGI") || one.row->directive == "LimitRequestBody";
  });
  return settings;
}

// To the main name: a name taken from the request would let it choose where it is sent. 308 keeps
// the method. What ACME asks for stays on plain HTTP.
void add_redirect(Block& out, const model::Site& site, const std::vector<model::Endpoint>& all) {
  const auto tls =
      std::find_if(all.begin(), all.end(), [](const model::Endpoint& e) { return e.tls; });
  const std::string port =
      tls == all.end() || tls->port == 443 ? "" : fmt::format(":{}", tls->port);
  out.from(site.redirect_to_tls.given ? site.redirect_to_tls.mark : site.mark);
  out.directive("RedirectMatch",
                {word("308"), value("^/(?!\\.well-known/acme-challenge/)(.*)$", {}),
                 value(fmt::format("https://{}{}/$1", site.name.value, port), site.name.mark)});
}

// The X-Forwarded headers of these peers are believed, those of all others are removed.
void add_trusted_proxies(Block& out, const model::Site& site) {
  if (site.behind_proxy.empty()) return;
  out.from(site.behind_proxy.front().mark);
  std::vector<Argument> networks;
  for (const model::Text& network : site.behind_proxy) networks.push_back(value(network));
  out.directive("WSGITrustedProxies", std::move(networks));
  out.directive("WSGITrustedProxyHeaders", {word("X-Forwarded-For"), word("X-Forwarded-Proto"),
                                            word("X-Forwarded-Host"), word("X-Forwarded-Port")});
}

}  // namespace

Block site_block(const Apps& apps, const model::Site& site, const host::Layout& layout) {
  Block out(site.name.mark);
  out.comment(fmt::format("{}: site {}", place(site.name.mark), site.name.value));
  if (site.has_tls && site.tls.has_acme) {
    out.from(site.tls.acme_contact.mark);
    std::vector<Argument> names{value(site.name)};
    for (const model::Text& alias : site.aliases) names.push_back(value(alias));
    Block managed(site.tls.acme_contact.mark);
    managed.directive("MDContactEmail", {value(site.tls.acme_contact)});
    if (site.tls.acme_authority.given)
      managed.directive("MDCertificateAuthority", {value(site.tls.acme_authority)});
    managed.directive("MDCertificateAgreement", {word("accepted")});
    out.section("MDomainSet", std::move(names), std::move(managed));
  }
  const std::vector<model::Endpoint> endpoints = model::endpoints(site);
  for (const model::Endpoint& endpoint : endpoints) {
    Block host(site.name.mark);
    add_names(host, site);
    add_logs(host, site, layout);
    if (endpoint.redirect) {
      add_settings(host, of_connections(site.settings));
      add_redirect(host, site, endpoints);
    } else {
      if (endpoint.tls) add_tls(host, site, layout);
      add_trusted_proxies(host, site);
      add_settings(host, site.settings);
      add_responses(host, site);
      add_routes(host, apps, site, endpoint, layout);
      add_extra(host, site.extra_directives);
      add_nothing_else(host, site);
    }
    out.from(endpoint.mark);
    out.section("VirtualHost", {word(endpoint.spec())}, std::move(host));
  }
  return out;
}

}  // namespace wsgictl::conf
