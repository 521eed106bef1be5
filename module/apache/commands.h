// SPDX-License-Identifier: Apache-2.0
// The directive table as httpd's command records, and what can be checked only when the whole
// configuration has been read. Main thread, while httpd reads its configuration.
#pragma once

#include "apache/httpd_api.h"
#include "base/log.h"
#include "base/result.h"

namespace wsgi::apache {

// For the module record; ends with an empty row. Made at the first call, valid for ever.
const command_rec* commands();

// When everything was read (check_config; also for a configuration test): resolves the identity of
// every group, which needs the final User and Group, and checks names of groups (defined twice, not
// defined, out of reach). The first error is returned, not logged; the server must not start with
// it. What is odd but harmless goes to `log`, of the base server so that its LogLevel counts; once,
// although httpd reads everything twice when it starts.
Status check_configuration(server_rec* main, Log& log);

}  // namespace wsgi::apache
