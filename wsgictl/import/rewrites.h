// SPDX-License-Identifier: Apache-2.0
// RewriteCond and RewriteRule as the units that they are: a rule without its conditions, or without
// those that it is chained to, is another rule. Pure.
// Source: httpd manual, mod_rewrite (RewriteRule flags C and S).
#pragma once

#include <set>
#include <vector>

#include "import/work.h"

namespace wsgictl::importing {

// Those of NODES that cannot be carried: all of a unit in which extra_directives does not take one.
std::set<const Node*> broken_rewrites(const std::vector<const Node*>& nodes);

// WCTL2501 for NODE, one of broken_rewrites().
void say_rewrite(Work& work, const Node& node);

}  // namespace wsgictl::importing
