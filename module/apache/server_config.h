// SPDX-License-Identifier: Apache-2.0
// The module's configuration in httpd's hands: one ServerConfig per server, one DirConfig per
// directory section. Made and merged by the functions at the end, which the module record names.
// They live in the configuration pool (DirConfig of a request: in its pool), are written while the
// configuration is read and only read from then on, by any thread. No object outlives its pool.
#pragma once

#include <string_view>
#include <vector>

#include "apache/httpd_api.h"
#include "config/scopes.h"

namespace wsgi::apache {

// An alias with its compiled expression (null for the prefix form). The first that matches wins:
// config::match_alias for prefixes, ap_regexec for expressions.
struct ScriptAlias : config::ScriptAlias {
  const ap_regex_t* compiled = nullptr;
};

struct ServerConfig {
  // Of this server itself: daemon groups, imports and notices, which are never inherited.
  config::ServerSettings own;
  // In the order of trial: the virtual host's, then the base server's.
  std::vector<ScriptAlias> aliases;
  // Of the base server, in every server's config once the configuration was read.
  const config::GlobalSettings* global = &own.global;
  ServerConfig() = default;
  ServerConfig(const ServerConfig&) = delete;
  ServerConfig& operator=(const ServerConfig&) = delete;
};

using DirConfig = config::DirSettings;

ServerConfig& server_config(const server_rec* s);
const DirConfig& dir_config(const request_rec* r);

// True for a virtual host without any directive of ours: httpd gives it the base server's object.
bool shares_settings(const server_rec* a, const server_rec* b);

// The base server, then the virtual hosts in the order of the file (httpd's list has the last
// first), without those that share the base server's settings: what is said there must not count
// again.
std::vector<server_rec*> configured_servers(server_rec* main);

// A process group and the server that declared it.
struct DeclaredGroup {
  config::DaemonOptions* options;  // identity is resolved by check_configuration
  server_rec* server;
  config::Place place;
};
// All groups of all servers: base server first, then virtual hosts, each in configuration order.
std::vector<DeclaredGroup> declared_groups(server_rec* main);
// What every process of the group loads when it starts ("" = children), in configuration order.
std::vector<config::Preload> preloads(server_rec* main, std::string_view group);

// May a request that `serving` serves use a group that `declared` declared? (directives.md, 4.1)
bool reachable(const server_rec* declared, const server_rec* serving);

// For the module record.
void* create_server_config(apr_pool_t* pool, server_rec* s);
void* merge_server_config(apr_pool_t* pool, void* base, void* virtual_host);
void* create_dir_config(apr_pool_t* pool, char* path);
void* merge_dir_config(apr_pool_t* pool, void* outer, void* inner);

}  // namespace wsgi::apache
