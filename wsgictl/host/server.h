// SPDX-License-Identifier: Apache-2.0
// An Apache that is acted on, as an interface: the transaction and its tests know no more of a
// server than this. All calls block, each has a deadline of its own. Failures carry what Apache
// printed.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace wsgictl::host {

// What the server says of its own configuration.
struct ServerFacts {
  std::string pid_file;
  std::string error_log;             // "" or a pipe or syslog: not a file we can read
  std::vector<std::string> modules;  // as loaded, by short name: "ssl", "headers"
};

class Server {
 public:
  virtual ~Server() = default;

  // The configuration as it is on disk: parsed, nothing opened or bound.
  virtual wsgi::Status test() = 0;
  virtual wsgi::Result<ServerFacts> facts() = 0;
  // Process id of the parent; 0 if the server is stopped.
  virtual pid_t parent() = 0;
  // Graceful restart of a running server. Returns when the new configuration serves; fails if the
  // server ended or did not get there in time.
  virtual wsgi::Status reload() = 0;
  virtual wsgi::Status start() = 0;
  virtual wsgi::Status stop() = 0;
  // What the main error log got since the last reload() or start(), the last lines of it.
  virtual std::string log_since_reload() = 0;
};

}  // namespace wsgictl::host
