// SPDX-License-Identifier: Apache-2.0
// One site of an import: all its virtual hosts as a site of the definition. Pure but for HostFiles.
#pragma once

#include "import/apps.h"
#include "import/hosts.h"

namespace wsgictl::importing {

// SHARED: sections of the main server that may be meant for this site.
Json site_json(Work& work, Apps& apps, const Hosts& hosts, const std::vector<const Node*>& shared);

}  // namespace wsgictl::importing
