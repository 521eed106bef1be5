// SPDX-License-Identifier: Apache-2.0
// Headers, compression, error documents, logs and trusted proxies of a site, backwards. Pure.
#pragma once

#include "import/hosts.h"

namespace wsgictl::importing {

// Each takes from HOST what the key says exactly; the rest stays open.
void add_headers(Work& work, const Host& host, Json& site);
void add_compression(Work& work, const Host& host, Json& site);
void add_error_documents(Work& work, const Host& host, Json& site);
void add_logs(Work& work, const std::string& name, const Host& host, Json& site);
void add_trusted_proxies(Work& work, const Host& host, Json& site);

}  // namespace wsgictl::importing
