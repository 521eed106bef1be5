// SPDX-License-Identifier: Apache-2.0
// Offline rules about addresses and ports: what cannot be listened on together, and what Apache
// takes from the first site of an address. See rules_internal.h. Source: httpd manual, "bind" and
// "core"; what Linux refuses was measured.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/endpoints.h"
#include "model/keys.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::Endpoint;
using model::Parsed;
using model::Site;

// How much of a port an address takes: everything, [::], 0.0.0.0, one address of each family.
enum Reach { all, all_ipv6, all_ipv4, one_ipv6, one_ipv4, reaches };

Reach reach(std::string_view address) {
  if (address == "*") return all;
  if (address.starts_with('[')) return model::is_any_ipv6(address) ? all_ipv6 : one_ipv6;
  return model::is_any_ipv4(address) ? all_ipv4 : one_ipv4;
}

// Linux gives IPv4 to [::] as well. Apache itself makes room for 0.0.0.0 beside it.
bool overlap(Reach wide, Reach narrow) {
  if (wide == all_ipv6) return narrow == one_ipv6 || narrow == one_ipv4;
  return wide == all || (wide == all_ipv4 && narrow == one_ipv4);
}

using Port = std::array<std::optional<Endpoint>, reaches>;

void overlaps_of(int number, const Port& port, diag::Diagnostics& diagnostics) {
  for (int narrow = one_ipv4; narrow > all; --narrow)
    for (int wide = all; wide < narrow; ++wide) {
      if (!port[wide] || !port[narrow] || !overlap(Reach(wide), Reach(narrow))) continue;
      const bool one = narrow == one_ipv4 || narrow == one_ipv6;
      add_related(diagnostics, "WCTL1412", port[narrow]->mark, port[wide]->mark,
                  "the other one is here",
                  one ? fmt::format("port {} is listened on for one address and for all", number)
                      : fmt::format("port {} is listened on for all addresses twice", number),
                  "use one of the two forms everywhere");
      break;
    }
}

// The first site of each address and port, in the order in which Apache reads them.
struct FirstHost {
  const Site* site;
  Endpoint endpoint;
};
using FirstHosts = std::map<std::string, FirstHost>;

FirstHosts first_hosts(const model::Definition& definition) {
  std::vector<const Site*> sites;
  for (const Site& site : definition.sites) sites.push_back(&site);
  std::stable_sort(sites.begin(), sites.end(), [](const Site* a, const Site* b) {
    return a->name.value + ".conf" < b->name.value + ".conf";
  });
  FirstHosts found;
  for (const Site* site : sites)
    for (const Endpoint& endpoint : model::endpoints(*site))
      found.emplace(endpoint.host_spec(), FirstHost{site, endpoint});
  return found;
}

bool is_of_head(const Parsed& setting) {
  const auto& name = setting.row->directive;
  return name == "LimitRequestLine" || name == "LimitRequestFieldSize" ||
         name == "LimitRequestFields";
}

// "8190B" and "100": bytes, or a count.
std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What holds for the directive of KEY in a virtual host that does not say it.
std::int64_t common(const model::Server& server, const model::Key& key) {
  for (const model::ExtraDirective& extra : server.extra_directives)
    if (lower(extra.directive.value) == lower(key.directive) && !extra.arguments.empty())
      return number_in(extra.arguments.front().value);
  return number_in(key.fallback);
}

std::int64_t effective(const model::Server& server, const FirstHost& first, const Parsed& wanted) {
  for (const Parsed& setting : first.site->settings)
    if (setting.row == wanted.row) return setting.number;
  return common(server, *wanted.row);
}

void limit_of(const model::Server& server, const Site& site, const Parsed& limit,
              const FirstHosts& firsts, diag::Diagnostics& diagnostics) {
  for (const Endpoint& endpoint : model::endpoints(site)) {
    const FirstHost& first = firsts.at(endpoint.host_spec());
    if (endpoint.redirect || first.site == &site) continue;
    if (effective(server, first, limit) == limit.number) continue;
    const std::string key(limit.row->path.substr(limit.row->path.rfind('.') + 1));
    add_related(diagnostics, "WCTL1437", limit.mark, first.site->name.mark,
                "this site is the first",
                fmt::format("{} on port {} is taken from site {}", key, endpoint.port,
                            diag::quote(first.site->name.value)),
                "write it there, since Apache does not know the site yet when it reads the head");
    return;
  }
}

}  // namespace

void rule_listeners(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::map<std::string, Endpoint> by_spec;
  std::map<int, Port> ports;
  for (const Site& site : definition.sites) {
    for (const Endpoint& endpoint : model::endpoints(site)) {
      const auto [same, fresh] = by_spec.emplace(endpoint.host_spec(), endpoint);
      if (!fresh && same->second.tls != endpoint.tls)
        add_related(diagnostics, "WCTL1405", endpoint.mark, same->second.mark,
                    "the other one is here",
                    fmt::format("port {} is used with and without TLS", endpoint.port),
                    "let the sites listen on different ports");
      if (endpoint.port == 80 || endpoint.port == 443) continue;  // the distribution listens there
      std::optional<Endpoint>& place = ports[endpoint.port][reach(endpoint.address)];
      if (!place) place = endpoint;
    }
  }
  for (const auto& [number, port] : ports) overlaps_of(number, port, diagnostics);
}

void rule_first_host(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  const FirstHosts firsts = first_hosts(definition);
  for (const Site& site : definition.sites)
    for (const Parsed& setting : site.settings)
      if (is_of_head(setting)) limit_of(definition.server, site, setting, firsts, diagnostics);
}

}  // namespace wsgictl::check
