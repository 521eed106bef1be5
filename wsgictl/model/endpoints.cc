// SPDX-License-Identifier: Apache-2.0
// Endpoints of a site; see endpoints.h.
#include "model/endpoints.h"

#include "model/text_rules.h"

namespace wsgictl::model {

bool is_any_ipv4(std::string_view address) { return address == "0.0.0.0"; }

bool is_any_ipv6(std::string_view address) {
  return address.starts_with('[') && address.find_first_not_of("0:[]") == std::string_view::npos;
}

std::string Endpoint::host_spec() const {
  return is_any_ipv4(address) || is_any_ipv6(address) ? "*:" + std::to_string(port) : spec();
}

std::vector<Endpoint> endpoints(const Site& site) {
  std::vector<Endpoint> out;
  const bool redirects =
      site.redirect_to_tls.given ? site.redirect_to_tls.value : site.listen.empty();
  if (site.has_tls && redirects) {
    out.push_back({"*", 80, false, true, site.mark});
  } else if (site.listen.empty()) {
    out.push_back({"*", 80, false, false, site.mark});
  }
  for (const Text& text : site.listen)
    if (const auto listen = parse_listen(text.value))
      out.push_back({listen->address, listen->port, site.has_tls, false, text.mark});
  if (site.has_tls && site.listen.empty()) out.push_back({"*", 443, true, false, site.mark});
  return out;
}

}  // namespace wsgictl::model
