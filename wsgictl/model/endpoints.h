// SPDX-License-Identifier: Apache-2.0
// Where a site is served: its virtual hosts by address and port. Pure; used by checks and
// rendering.
#pragma once

#include <string>
#include <string_view>
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
  // As Apache compares virtual hosts: 0.0.0.0 and [::] are "*" to it.
  std::string host_spec() const;
};

// 0.0.0.0, or [::] in any spelling.
bool is_any_ipv4(std::string_view address);
bool is_any_ipv6(std::string_view address);

// `listen` as written. Without it 80; with tls 443, and 80 as well, redirecting unless
// redirect_to_tls is false. With both listen and redirect_to_tls, 80 redirects.
std::vector<Endpoint> endpoints(const Site& site);

}  // namespace wsgictl::model
