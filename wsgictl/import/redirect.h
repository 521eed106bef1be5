// SPDX-License-Identifier: Apache-2.0
// Which line of a plain virtual host sends every request to the same path of the same site with
// TLS. Only such a line may become redirect_to_tls: one that is for a part of the paths, of the
// names or of the clients would become a redirect of all. Pure.
// Source: httpd manual, mod_alias (Redirect), mod_rewrite (RewriteRule, RewriteCond).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "import/work.h"

namespace wsgictl::importing {

struct TlsRedirect {
  const Node* rule = nullptr;           // null: there is none
  std::vector<const Node*> conditions;  // RewriteConds of the rule
};

// NODES: of the host. PORTS: all that it answers on. OWN: the names of its own. SITE: those of all
// hosts of the site.
TlsRedirect find_tls_redirect(const std::vector<const Node*>& nodes, const std::set<int>& ports,
                              const std::set<std::string>& own, const std::set<std::string>& site);

}  // namespace wsgictl::importing
