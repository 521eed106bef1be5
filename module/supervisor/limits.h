// SPDX-License-Identifier: Apache-2.0
// CPU priority and resource limits of a daemon, between fork and exec. A limit that cannot be set
// is a warning, not a failure. Source: directives.md, section 5.5.
#pragma once

#include <functional>

#include "base/error_id.h"
#include "config/settings.h"

namespace wsgi::supervisor {

// Tells a warning: its id, a text, errno.
using Warn = std::function<void(ErrorId, std::string_view, int)>;

// Before privileges drop: raising the priority needs them.
void set_priority(const config::DaemonOptions& options, const Warn& warn);
// After they dropped: limits are only lowered.
void set_limits(const config::DaemonOptions& options, const Warn& warn);
// The last step before exec: the soft descriptor limit that Apache was started with. A raised one
// is for Apache's processes; select(2) in an application fails above 1024.
void set_open_files(std::uint64_t soft, const Warn& warn);

}  // namespace wsgi::supervisor
