// SPDX-License-Identifier: Apache-2.0
// Where to ask whether a definition's sites and applications answer, derived from it. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/app.h"

namespace wsgictl::plan {

// One address to ask. It is asked on this host, whatever DNS says of the name.
struct HealthTarget {
  std::string app;      // "" = the site itself, any answer of Apache's is good
  std::string host;     // Host header, and the name given to TLS
  std::string address;  // 127.0.0.1
  int port = 80;
  bool tls = false;
  std::string path;         // "/healthz"
  std::vector<int> status;  // any of these is good; empty = anything below 500
  int deadline = 30;        // seconds, over all tries

  std::string url() const;  // http://HOST:PORT/PATH, port left out where it is the usual one
};

// One for each application that a site routes to, at its mount point + health path in the first
// such site; one for each site without an application.
std::vector<HealthTarget> health_targets(const model::Definition& definition);

}  // namespace wsgictl::plan
