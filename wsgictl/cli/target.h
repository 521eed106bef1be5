// SPDX-License-Identifier: Apache-2.0
// The Apache that plan, apply, rollback, status and preflight act on: the system's, or one of one's
// own described by a file (--instance). Resolved once per command, kept on its stack.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/context.h"
#include "host/apache_server.h"
#include "plan/store.h"

namespace wsgictl::cli {

struct Target {
  host::Layout layout;
  host::Instance instance;
  bool is_private = false;
};

// --instance FILE: a JSON object with the members of a layout that differ (httpd, server_root,
// sites_dir, sites_enabled, module_dir, log_dir, run_dir, user, group, state_dir), and "config"
// (the server's configuration file) or "control" (the words of its control program).
void add_instance_option(Command& command, std::string& file);

// Nothing if layout or description cannot be used; diagnostics say why.
std::optional<Target> resolve_target(Context& context, const std::string& instance_file);

// The state folder of TARGET below --root.
plan::Store open_store(const Context& context, const Target& target);

}  // namespace wsgictl::cli
