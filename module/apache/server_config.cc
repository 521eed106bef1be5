// SPDX-License-Identifier: Apache-2.0
#include "apache/server_config.h"

#include <strings.h>

#include <algorithm>

#include "apache/pool.h"

namespace wsgi::apache {

ServerConfig& server_config(const server_rec* s) {
  return *static_cast<ServerConfig*>(ap_get_module_config(s->module_config, &wsgi_module));
}

const DirConfig& dir_config(const request_rec* r) {
  return *static_cast<const DirConfig*>(ap_get_module_config(r->per_dir_config, &wsgi_module));
}

bool shares_settings(const server_rec* a, const server_rec* b) {
  return &server_config(a) == &server_config(b);
}

std::vector<server_rec*> configured_servers(server_rec* main) {
  std::vector<server_rec*> servers;
  for (server_rec* s = main->next; s; s = s->next) {
    if (!shares_settings(s, main)) servers.push_back(s);
  }
  servers.push_back(main);
  std::reverse(servers.begin(), servers.end());
  return servers;
}

std::vector<DeclaredGroup> declared_groups(server_rec* main) {
  std::vector<DeclaredGroup> groups;
  for (server_rec* s : configured_servers(main)) {
    for (auto& daemon : server_config(s).own.daemons) {
      auto same = [&](const DeclaredGroup& g) { return g.options->name == daemon.options.name; };
      if (std::any_of(groups.begin(), groups.end(), same)) continue;
      groups.push_back({&daemon.options, s, daemon.place});
    }
  }
  return groups;
}

std::vector<config::Preload> preloads(server_rec* main, std::string_view group) {
  std::vector<config::Preload> found;
  for (server_rec* s : configured_servers(main)) {
    for (const auto& import : server_config(s).own.imports) {
      if (import.process_group == group) found.push_back(import);
    }
  }
  return found;
}

bool reachable(const server_rec* declared, const server_rec* serving) {
  if (declared == serving || !declared->is_virtual) return true;
  return declared->server_hostname && serving->server_hostname &&
         strcasecmp(declared->server_hostname, serving->server_hostname) == 0;
}

void* create_server_config(apr_pool_t* pool, server_rec*) { return pool_new<ServerConfig>(pool); }

// httpd replaces the virtual host's config by the result, once, when everything was read.
void* merge_server_config(apr_pool_t* pool, void* base, void* virtual_host) {
  const auto& outer = *static_cast<ServerConfig*>(base);
  auto& inner = *static_cast<ServerConfig*>(virtual_host);
  auto* merged = pool_new<ServerConfig>(pool);
  merged->own = inner.own;
  merged->aliases = inner.aliases;
  merged->aliases.insert(merged->aliases.end(), outer.aliases.begin(), outer.aliases.end());
  merged->global = &outer.own.global;
  return merged;
}

void* create_dir_config(apr_pool_t* pool, char*) { return pool_new<DirConfig>(pool); }

void* merge_dir_config(apr_pool_t* pool, void* outer, void* inner) {
  PoolMemory memory(pool);
  return pool_new<DirConfig>(pool, config::merge(*static_cast<const DirConfig*>(outer),
                                                 *static_cast<const DirConfig*>(inner), &memory));
}

}  // namespace wsgi::apache
