// SPDX-License-Identifier: Apache-2.0
// Endpoints of a site; see endpoints.h.
#include "model/endpoints.h"

#include "model/text_rules.h"

namespace wsgictl::model {

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
