// SPDX-License-Identifier: Apache-2.0
// Which routes answer at all, and where they differ from Apache's paths at the edge; see routes.h.
// Apache takes the first that matches, a definition the longest path: what never answered must not
// begin to. Source: httpd manual, mod_alias and mod_proxy (order of ProxyPass); of mod_wsgi's
// aliases measured.
#include <fmt/format.h>

#include <algorithm>

#include "import/patterns.h"
#include "import/routes.h"
#include "model/routing.h"

namespace wsgictl::importing {

// Routes are added in the order in which Apache asks, but for redirects, which come before aliases.
bool Routes::is_hidden(const Node& node, const Route& route) {
  if (route.kind == Route::Kind::redirect) return false;
  for (const Route& first : routes_) {
    if (first.url == route.url || !first.whole || !model::is_below_or_equal(route.url, first.url))
      continue;
    if (first.kind == Route::Kind::proxy && is_excluded(first, route.url)) continue;
    work_.ledger.left_out(node,
                          fmt::format("{} answers {} before it", spoken(*first.node), route.url),
                          "it never answered; write a route for it if it shall");
    return true;
  }
  return false;
}

// "ProxyPass URL !" before PROXY, or in a <Location>, which is asked before.
bool Routes::is_excluded(const Route& proxy, const std::string& url) const {
  const auto is_no = [](const Node& node, std::size_t at) {
    return node.words.size() == at + 1 && node.words[at] == "!";
  };
  bool before = std::find(host_.nodes.begin(), host_.nodes.end(), proxy.node) != host_.nodes.end();
  for (const Node* node : host_.nodes) {
    before = before && node != proxy.node;
    if (before && node->is("ProxyPass") && is_no(*node, 1) &&
        model::is_below_or_equal(url, without_slash(node->words[0])))
      return true;
    if (before && node->is("ProxyPassMatch") && is_no(*node, 1) &&
        path_of_file(node->words[0]) == url)
      return true;
    if (!node->is("Location") || node->words.size() != 1 ||
        !model::is_below_or_equal(url, without_slash(node->words[0])))
      continue;
    for (const Node& child : node->children)
      if (child.is("ProxyPass") && is_no(child, 0)) return true;
  }
  return false;
}

// Apache takes /static/ for what begins with it alone, and the path of a file for all below it.
void Routes::say_edge(const Node& node, const Route& route) {
  work_.ledger.say(
      "WCTL2509", node,
      route.kind == Route::Kind::file
          ? fmt::format("what is below {} belongs to other routes now", route.url)
          : fmt::format("{} without the slash at its end belongs to the route too now", route.url),
      "nothing to do, unless something asks for such paths");
}

}  // namespace wsgictl::importing
