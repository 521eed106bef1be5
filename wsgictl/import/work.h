// SPDX-License-Identifier: Apache-2.0
// What all parts of an import have in hand. One per import, on the stack of import_configuration().
#pragma once

#include "host/layout.h"
#include "import/import.h"
#include "import/ledger.h"

namespace wsgictl::importing {

struct Work {
  const apache_conf::Configuration& configuration;
  const host::Layout& layout;
  const HostFiles& host;
  const apache_check::Facts& facts;
  Ledger ledger;
};

// Written by render: what is in it has the form that render gives it.
inline bool made_by_us(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  return name == "00-wsgictl.conf" || name.starts_with("wsgictl-");
}

// PATH of a directive; a relative one is below the server root.
inline std::string full_path(const Work& work, const std::string& path) {
  if (path.starts_with('/') || work.configuration.server_root.empty()) return path;
  return work.configuration.server_root + "/" + path;
}

}  // namespace wsgictl::importing
