// SPDX-License-Identifier: Apache-2.0
// What can be said about process groups only when the whole configuration was read: defined twice,
// not defined, out of reach. Pure, over a few facts of every server. (directives.md, 3.1, 4.1, 5)
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/scopes.h"

namespace wsgi::config {

struct ServerFacts {
  std::string_view name;  // ServerName; "" unknown
  bool base = false;
  const ServerSettings* settings = nullptr;
};

// May a request of `serving` use a group of `declaring`? Both may be the same server.
bool reachable(const ServerFacts& declaring, const ServerFacts& serving);

// The first error, or success. Adds to `notices` what is odd but harmless. A group that is defined
// twice with the same options in one server counts once: its later definitions are to be ignored.
Status check_groups(std::span<const ServerFacts> servers, std::vector<Notice>& notices);

// Each notice once.
std::vector<Notice> condensed(std::span<const Notice> notices);

}  // namespace wsgi::config
