// SPDX-License-Identifier: Apache-2.0
// The one runtime object of this process: in the parent the configuration that was read, in a child
// also its daemon clients and its embedded Python. The accessor exists for C callbacks only; C++
// code below them gets references.
#pragma once

#include <memory>
#include <string_view>

#include "apache/httpd_api.h"
#include "base/result.h"

namespace wsgi::apache {

class DaemonClients;    // daemon_clients.h
class EmbeddedRuntime;  // embedded_runtime.h

class Process {
 public:
  Process();
  ~Process();

  // Cached: getpid is a system call.
  unsigned pid() const { return pid_; }
  // Is the connection TLS according to mod_ssl?
  bool is_https(conn_rec* c) const { return ssl_is_https_ != nullptr && ssl_is_https_(c) != 0; }

  DaemonClients& daemons() { return *daemons_; }
  EmbeddedRuntime& embedded() { return *embedded_; }

  // Optional functions of other modules; once a configuration has been read.
  void find_optional_functions();
  // In a new child, once.
  void enter_child();

 private:
  unsigned pid_;
  int (*ssl_is_https_)(conn_rec*) = nullptr;
  std::unique_ptr<DaemonClients> daemons_;
  std::unique_ptr<EmbeddedRuntime> embedded_;
};

Process& process();

}  // namespace wsgi::apache
