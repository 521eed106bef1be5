// SPDX-License-Identifier: Apache-2.0
// Addresses and subnets of WSGITrustedProxies, and its headers' names. Pure: literals only, never a
// look-up of names. Source: directives.md, section 8; runtime.md, section 3.4.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/scopes.h"

namespace wsgi::config {

// "10.0.0.1", "10.0.0.0/8", "10.0.0.0/255.0.0.0", "2001:db8::/32"; nullopt: none of these.
std::optional<Subnet> parse_subnet(std::string_view text);
// Is the address (a literal) in one of them? IPv4-mapped IPv6 counts as IPv4.
bool contains(std::span<const Subnet> subnets, std::string_view address);
// "X-Forwarded-For" to "HTTP_X_FORWARDED_FOR"; nullopt: not a header name.
std::optional<std::string> environ_name(std::string_view header);

}  // namespace wsgi::config
