// SPDX-License-Identifier: Apache-2.0
// Apache modules that a definition needs and the server has not loaded. On Debian they are switched
// on by the links a2enmod makes, with what they depend on; elsewhere the package loads them, so a
// missing one is an error. Reads files, changes nothing.
#pragma once

#include <string>
#include <vector>

#include "diag/diagnostic.h"
#include "host/layout.h"
#include "sys/files.h"

namespace wsgictl::host {

struct ModuleLink {
  std::string path;    // /etc/apache2/mods-enabled/ssl.load
  std::string target;  // ../mods-available/ssl.load
};

struct ModulesToEnable {
  std::vector<std::string> names;  // in the order of dependency
  std::vector<ModuleLink> links;
};

// NEEDED and LOADED by short names. A module that the administrator switched off is not switched on
// again: that and every module that is not installed is an error in DIAGNOSTICS.
ModulesToEnable modules_to_enable(const std::vector<std::string>& needed,
                                  const std::vector<std::string>& loaded, const Layout& layout,
                                  const std::string& root, bool private_server, sys::Files& files,
                                  diag::Diagnostics& diagnostics);

}  // namespace wsgictl::host
