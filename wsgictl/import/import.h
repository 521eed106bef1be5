// SPDX-License-Identifier: Apache-2.0
// From an Apache configuration to a definition: sites with WSGI in them, their applications and
// daemon groups. Pure but for HostFiles. What it cannot carry is never lost quietly: every
// directive of an imported virtual host is in the definition, in extra_directives, or in the
// diagnostics (25xx). The rest of the server's configuration stays where it is and is not spoken
// of.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apache_conf/tree.h"
#include "diag/diagnostic.h"
#include "host/layout.h"
#include "json/json.h"

namespace wsgictl::importing {

// What is asked about files that the configuration names. Paths are without the root.
struct HostFiles {
  // Content of a file that wsgictl made: app.wsgi of a module, environment of an application.
  std::function<std::optional<std::string>(const std::string&)> read;
  std::function<bool(const std::string&)> is_regular;  // false if it cannot be told
};

struct Imported {
  Json definition;                    // holds values of variables: yaml_text() can hide them
  std::vector<std::string> replaces;  // files of others whose virtual hosts it takes the place of
  bool has_secrets = false;
};

// ALL: virtual hosts without anything of WSGI too. Nothing if no application was found; DIAGNOSTICS
// then says so.
std::optional<Imported> import_configuration(const apache_conf::Configuration& configuration,
                                             const host::Layout& layout, const HostFiles& host,
                                             bool all, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::importing
