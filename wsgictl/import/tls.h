// SPDX-License-Identifier: Apache-2.0
// Certificate and protocol of a site, backwards. Pure.
#pragma once

#include "import/hosts.h"

namespace wsgictl::importing {

// Fills SITE.tls from a host with SSLEngine on.
void add_tls(Work& work, const std::string& name, const Host& host, Json& site);

}  // namespace wsgictl::importing
