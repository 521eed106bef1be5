// SPDX-License-Identifier: Apache-2.0
// The one runtime object of this process: what it knows of its server, and in a child its daemon
// clients and its embedded Python. The accessor exists for C callbacks only; C++ code below them
// gets references.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "apache/daemon_clients.h"
#include "apache/embedded_runtime.h"
#include "apache/group_settings.h"
#include "apache/httpd_api.h"
#include "supervisor/group.h"

namespace wsgi::apache {

class Process {
 public:
  Process() : pid_(static_cast<unsigned>(::getpid())) {}

  // Cached: getpid is a system call.
  unsigned pid() const { return pid_; }
  // Is the connection TLS according to mod_ssl?
  bool is_https(conn_rec* c) const { return ssl_is_https_ != nullptr && ssl_is_https_(c) != 0; }
  // The value of a mod_ssl variable; null: none, or no mod_ssl.
  const char* ssl_variable(request_rec* r, const char* name) const {
    if (ssl_var_lookup_ == nullptr) return nullptr;
    return ssl_var_lookup_(r->pool, r->server, r->connection, r, const_cast<char*>(name));
  }
  // Threads per child, and children, that the MPM may use.
  int threads() const { return threads_; }
  int children() const { return children_; }

  DaemonClients& daemons() { return daemons_; }

  // The embedded runtime, started by the first request that needs it: a child whose applications
  // all run in daemons never loads Python. Any thread; waits while another one starts it.
  EmbeddedRuntime& embedded();
  void set_embedded(EmbeddedPlan plan, server_rec* s);
  void stop_embedded();

  // Groups of a configuration that was read before the server can start them (first start).
  std::vector<supervisor::GroupSettings> pending;

  // Once a configuration has been read: optional functions of other modules, the MPM's limits.
  void learn();
  // In a new child, once.
  void enter_child() { pid_ = static_cast<unsigned>(::getpid()); }

 private:
  unsigned pid_;
  int threads_ = 1;
  int children_ = 1;
  int (*ssl_is_https_)(conn_rec*) = nullptr;
  char* (*ssl_var_lookup_)(apr_pool_t*, server_rec*, conn_rec*, request_rec*, char*) = nullptr;
  DaemonClients daemons_;
  std::once_flag embedded_once_;
  EmbeddedRuntime embedded_;
  EmbeddedPlan embedded_plan_;
  server_rec* server_ = nullptr;
};

Process& process();

}  // namespace wsgi::apache
