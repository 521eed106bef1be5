// SPDX-License-Identifier: Apache-2.0
// What `serve` hosts: one site of a definition, or a site made for one script, turned into what a
// private server can run: plain HTTP on one address, no other sites. Pure but for asking whether
// files exist.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diag/diagnostic.h"
#include "model/app.h"

namespace wsgictl::express {

struct Wanted {
  std::string app;  // "" = the only one
  std::string host = "127.0.0.1";
  int port = 8000;
  int processes = 0, threads = 0;  // 0 = as the definition says
  std::string user, group;         // for daemon processes, when started by root
  bool as_root = false;
  std::vector<std::pair<std::string, std::string>> statics;  // URL path, folder (absolute)
};

// A definition for SCRIPT (absolute path): application "app" at /, its folder on the path,
// VIRTUAL_ENV's Python where that names an environment.
std::optional<model::Definition> definition_for(const std::string& script,
                                                diag::Diagnostics& diagnostics);

// DEFINITION with nothing but the site that routes to the application, and its applications.
// Nothing if there is no such application, or root has no account to run it as.
std::optional<model::Definition> one_site(const model::Definition& definition, const Wanted& wanted,
                                          diag::Diagnostics& diagnostics);

// URL path where the application answers: "/" or its mount point.
std::string entry_path(const model::Definition& one);

}  // namespace wsgictl::express
