// SPDX-License-Identifier: Apache-2.0
// From the configuration that was read to what the supervisor and the embedded runtime need: which
// runtime, which Python settings, which scripts. Parent's main thread, once per configuration.
#pragma once

#include <string>
#include <vector>

#include "apache/httpd_api.h"
#include "base/log.h"
#include "supervisor/group.h"

namespace wsgi::apache {

// All process groups of the configuration, identities resolved. A group without a runtime has a
// `problem`, which is also logged: it will answer 503 while the rest is served.
std::vector<supervisor::GroupSettings> group_settings(server_rec* main, Log& log);

// For a configuration test: the first group whose runtime is missing or unsafe.
Status check_runtimes(server_rec* main);

// "3.11": the Python that the Server header names: the one of embedded mode, where there is none
// that of the first group; "" if there is no runtime at all.
std::string shown_python(server_rec* main);

// Warns of switches of <WSGIInterpreterOptions> that a process's Python does not have. Once per
// configuration.
void check_switches(server_rec* main, Log& log);

// Embedded mode: library and encoded config::EmbeddedSettings, or why there is none.
struct EmbeddedPlan {
  std::string library, settings, problem;
};
EmbeddedPlan embedded_plan(server_rec* main);

// The servers of the configuration, in the order of GroupSettings::server.
std::vector<server_rec*> servers_of(server_rec* main);

}  // namespace wsgi::apache
