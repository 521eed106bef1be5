// SPDX-License-Identifier: Apache-2.0
// Paths of routes: which is below which, in what order they are written, and the expressions for
// them. Pure; pointers go into the site.
#pragma once

#include <string>
#include <vector>

#include "conf/render_internal.h"

namespace wsgictl::conf {

using RouteList = std::vector<const model::Route*>;

// mod_proxy answers: another server, or the instance of an application.
bool is_proxied(const model::Route& route, const Apps& apps);
bool is_over_tls(const model::Route& route);  // to another server

// PATH is below PARENT, and not the same.
bool is_below(const std::string& path, const std::string& parent);

RouteList longest_first(const model::Site& site);

// Paths that an expression does not match: prefixes with all below them, and single paths.
struct Without {
  std::vector<std::string> prefixes, exact;

  // What follows the first BASE bytes of the route's path.
  void add(const model::Route& route, std::size_t base);
  std::string expression() const;
};

// An expression for the path of ROUTE and all below it but for OTHERS; group 1 is what follows.
std::string expression(const model::Route& route, const RouteList& others);
// For the path alone.
std::string exactly(const model::Route& route);

// The comment that names the route's line.
void begin_route(Block& out, const model::Route& route);

}  // namespace wsgictl::conf
