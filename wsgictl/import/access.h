// SPDX-License-Identifier: Apache-2.0
// Who may use a route: the authentication and Require directives of one section as the key
// `access`, or, where the key cannot say it, as extra_directives. Pure.
#pragma once

#include <vector>

#include "import/values.h"
#include "import/work.h"

namespace wsgictl::importing {

// Auth*, Require, Order and their sections, the WSGI scripts of access.
bool is_access(const Node& node);

// "Require all granted", or what 2.2 said for it.
bool grants_all(const Node& node);

// Takes NODES (is_access(), all that hold for the route, not only grants) into ROUTE. Once for each
// route: a second set of rules would be an alternative to the first. WHERE: the route, in words.
void add_access(Work& work, const std::vector<const Node*>& nodes, const std::string& where,
                Json& route);

}  // namespace wsgictl::importing
