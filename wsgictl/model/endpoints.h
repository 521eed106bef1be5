// SPDX-License-Identifier: Apache-2.0
// Where a site is served: its virtual hosts by address and port. Pure; used by checks and
// rendering.
#pragma once

#include <string>
#include <vector>

#include "model/app.h"

namespace wsgictl::model {

struct Endpoint {
  std::string address;  // "*" for all; IPv6 in brackets
  int port = 0;
  bool tls = false;
  bool redirect = false;  // only sends the browser to the TLS endpoint
  diag::Mark mark;

  std::string spec() const { return address + ":" + std::to_string(port); }
};

// `listen` as written. Without it 80; with tls 443, and 80 as well, redirecting unless
// redirect_to_tls is false. With both listen and redirect_to_tls, 80 redirects.
std::vector<Endpoint> endpoints(const Site& site);

}  // namespace wsgictl::model
