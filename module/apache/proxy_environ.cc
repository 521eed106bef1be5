// SPDX-License-Identifier: Apache-2.0
#include "apache/proxy_environ.h"

#include <algorithm>

#include "apache/pool.h"
#include "apache/server_config.h"

namespace wsgi::apache {

config::ProxyEffect proxy_effect(request_rec* r, std::span<const EnvVar> variables) {
  const DirConfig& dir = dir_config(r);
  if (!dir.trusted_proxy_headers || dir.trusted_proxy_headers->empty()) return {};
  config::ProxyFacts facts;
  facts.listed = *dir.trusted_proxy_headers;
  if (dir.trusted_proxies) facts.trusted = *dir.trusted_proxies;
  facts.remote_addr = r->useragent_ip;
  for (const EnvVar& v : variables) {
    if (auto index = config::proxy_header(name_of(v))) facts.sent[*index] = v.value;
  }
  PoolMemory memory(r->pool);
  return config::apply_proxies(facts, &memory);
}

std::size_t remove_headers(const config::ProxyEffect& effect, std::span<EnvVar> variables) {
  if (effect.removed.none()) return variables.size();
  auto gone = std::remove_if(variables.begin(), variables.end(), [&](const EnvVar& v) {
    auto index = config::proxy_header(name_of(v));
    return index && effect.removed[*index];
  });
  return static_cast<std::size_t>(gone - variables.begin());
}

}  // namespace wsgi::apache
