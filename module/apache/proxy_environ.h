// SPDX-License-Identifier: Apache-2.0
// Glue between the environ of a request and config/trusted_proxy.h: finds the headers, applies what
// they mean. All memory is r->pool; costs nothing where no header is trusted.
#pragma once

#include <span>

#include "apache/httpd_api.h"
#include "base/exchange.h"
#include "config/trusted_proxy.h"

namespace wsgi::apache {

inline std::string_view name_of(const EnvVar& v) {
  return v.atom == Atom::none ? v.name : atom_name(v.atom);
}

// What the headers among `variables` say, as far as they are trusted where `r` was mapped to.
config::ProxyEffect proxy_effect(request_rec* r, std::span<const EnvVar> variables);

// Takes the removed headers out of the array; how many variables are left.
std::size_t remove_headers(const config::ProxyEffect& effect, std::span<EnvVar> variables);

}  // namespace wsgi::apache
