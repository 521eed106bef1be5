// SPDX-License-Identifier: Apache-2.0
// Who may own the scripts of a process group: `script-user` and `script-group`, checked in the
// Apache child for the file that was requested, before the daemon hears of it (runtime.md, 6.1).
// Two stat calls a request, and none where neither option is given. Any request thread.
#pragma once

#include <optional>
#include <string>

#include "config/settings.h"

namespace wsgi::apache {

// Why the script at `path` may not run in the group; nothing if it may. The accounts must have been
// resolved (config/identity.h).
std::optional<std::string> script_refused(const char* path, const config::DaemonOptions& options);

}  // namespace wsgi::apache
