// SPDX-License-Identifier: Apache-2.0
// Sites; see site.h.
#include "import/site.h"

#include <algorithm>
#include <set>

#include "import/covers.h"
#include "import/guards.h"
#include "import/responses.h"
#include "import/rewrites.h"
#include "import/routes.h"
#include "import/sections.h"
#include "import/tls.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;

void add_aliases(Work& work, const Hosts& hosts, Json& site) {
  for (const Host& host : hosts.list)
    for (const Node* node : host.nodes) {
      if (node->is("ServerName")) work.ledger.take(*node);
      if (!node->is("ServerAlias")) continue;
      work.ledger.take(*node);
      for (const std::string& word : node->words) {
        const bool known =
            same_text(word, hosts.name) ||
            (site.contains("aliases") && std::find(site["aliases"].begin(), site["aliases"].end(),
                                                   word) != site["aliases"].end());
        if (known) continue;
        if (fits(model::Type::host_pattern, word))
          site["aliases"].push_back(word);
        else
          work.ledger.word_left_out(*node, word, "wildcards stand in front alone: *.example.com");
      }
    }
}

// Groups of keys whose rows are directives of their own.
void add_settings(Work& work, const Host& host, Json& site) {
  for (const Node* node : host.nodes) {
    if (!work.ledger.open(*node)) continue;
    if (node->is("KeepAlive") && node->words.size() == 1 && same_text(node->words[0], "off") &&
        !(site.contains("limits") && site["limits"].contains("keep_alive"))) {
      site["limits"]["keep_alive"] = "0s";
      work.ledger.take(*node);
      continue;
    }
    for (const char* name : {"logs", "limits", "requests"}) {
      Json group = site.contains(name) ? site[name] : Json::object();
      if (!put_setting(group, std::string("sites.*.") + name, *node)) continue;
      site[name] = std::move(group);
      work.ledger.take(*node);
      break;
    }
  }
}

// What defines applications is looked at when all sites are known.
bool of_applications(const Node& node) {
  return node.is("WSGIDaemonProcess") || node.is("WSGIImportScript") ||
         node.is("WSGIInterpreterOptions");
}

// Folders that no route serves: the sections around them open nothing for a definition.
bool leads_to_folder(const Node& node) {
  return node.is("Alias") || node.is("AliasMatch") || node.is("ScriptAlias") ||
         node.is("ScriptAliasMatch");
}

void add_rest(Work& work, const Hosts& hosts, const Host& host, Json& site) {
  const std::set<const Node*> broken = broken_rewrites(host.nodes);
  for (const Node* node : host.nodes) {
    if (!work.ledger.open(*node) || of_applications(*node)) continue;
    const auto extra = extra_directive(*node);
    if (broken.contains(node)) {
      say_rewrite(work, *node);
    } else if (extra) {
      site["extra_directives"].push_back(*extra);
      work.ledger.as_is(*node, "site " + hosts.name);
      if (leads_to_folder(*node))
        work.ledger.changed(*node, "",
                            "it comes after the routes now, and who may use its folder is not "
                            "carried",
                            "keep <Directory> of that folder in a file of your own, or write a "
                            "route");
    } else {
      work.ledger.left_out(
          *node,
          node->section ? "a definition has no such section" : "extra_directives does not take it",
          opens_without(*node));
    }
  }
}

}  // namespace

Json site_json(Work& work, Apps& apps, const Hosts& hosts, const std::vector<const Node*>& shared) {
  Json site = Json::object();
  const Host& main = hosts.main();
  if (main.node != nullptr) work.ledger.take(*main.node);
  add_aliases(work, hosts, site);
  add_endpoints(work, hosts, site);
  if (main.tls) add_tls(work, hosts.name, main, site);
  Routes routes(work, apps, main);
  routes.collect();
  if (routes.passes_authorization()) site["authorization_header"] = "application";
  add_trusted_proxies(work, main, site);
  Guards guards(work, routes, main, shared);
  guards.apply();
  Sections sections(work, routes);
  std::vector<const Node*> directories;  // as they are merged: the main server's are wider
  for (const Node& node : work.configuration.nodes) directories.push_back(&node);
  directories.insert(directories.end(), main.nodes.begin(), main.nodes.end());
  std::stable_sort(directories.begin(), directories.end(), [](const Node* a, const Node* b) {
    return merge_rank(*a, false) < merge_rank(*b, false);
  });
  for (const Node* node : main.nodes)
    if (node->section && !of_applications(*node)) sections.own(*node);
  for (const Node* node : shared)
    if (work.ledger.open(*node)) sections.shared(*node);
  guards.say_moved();
  sections.say_links(directories);
  add_headers(work, main, site);
  add_compression(work, main, site);
  add_error_documents(work, main, site);
  add_logs(work, hosts.name, main, site);
  add_settings(work, main, site);
  compare_with_main(work, hosts);
  add_rest(work, hosts, main, site);
  for (const Route& route : routes.list()) site["routes"][route.url] = route.json;
  return site;
}

}  // namespace wsgictl::importing
