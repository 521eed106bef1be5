// SPDX-License-Identifier: Apache-2.0
// The process groups as an Apache child reaches them. Made once in child_init, from the generation
// that the parent left; read by all threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "apache/httpd_api.h"
#include "config/script_owner.h"
#include "config/settings.h"
#include "transport/client.h"

namespace wsgi::apache {

struct DaemonClient {
  const config::DaemonOptions* options = nullptr;  // the configuration's
  const server_rec* server = nullptr;              // that declared it
  config::ScriptOwner owner;                       // script-user, script-group
  std::unique_ptr<transport::GroupClient> client;
};

class DaemonClients {
 public:
  void add(DaemonClient client) {
    by_name_.insert_or_assign(client.options->name, std::move(client));
  }
  // Null: no such group.
  const DaemonClient* find(std::string_view name) const {
    auto it = by_name_.find(name);
    return it == by_name_.end() ? nullptr : &it->second;
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, DaemonClient, Hash, std::equal_to<>> by_name_;
};

}  // namespace wsgi::apache
