// SPDX-License-Identifier: Apache-2.0
// What the headers of trusted proxies do to the environ. Pure, on the thread of the request: never
// a look-up of names, no state. Texts of the result point into the headers, or into `memory`.
// Source: runtime.md, section 3.4.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <span>
#include <string_view>

#include "config/scopes.h"

namespace wsgi::config {

inline constexpr std::size_t kProxyHeaders = 15;

// By position in the table; nullopt: the environ key `name` (HTTP_…) has no meaning here.
std::optional<std::size_t> proxy_header(std::string_view name);

struct ProxyFacts {
  std::span<const std::string_view> listed;        // WSGITrustedProxyHeaders, as HTTP_…
  std::optional<std::span<const Subnet>> trusted;  // WSGITrustedProxies; absent: every peer
  std::string_view remote_addr;                    // of the peer, before any rewriting
  std::array<std::optional<std::string_view>, kProxyHeaders> sent;  // by proxy_header()
};

// An absent member leaves the environ as it is.
struct ProxyEffect {
  std::optional<std::string_view> remote_addr, forwarded_for, host, server_name, server_port;
  std::optional<std::string_view> script_name;  // also mod_wsgi.mount_point
  std::optional<bool> https;
  bool scheme_applied = false;  // the connection's own TLS no longer counts
  std::bitset<kProxyHeaders> removed;
};

ProxyEffect apply_proxies(const ProxyFacts& facts, Memory memory);

}  // namespace wsgi::config
