// SPDX-License-Identifier: Apache-2.0
// Apache's scoreboard as the dictionary of mod_wsgi.server_metrics(). Attached.
#pragma once

#include "config/scoreboard.h"
#include "python/py.h"

namespace wsgi::engine {

// Empty: Python error set.
py::Ref server_metrics_of(const config::Scoreboard& board);

}  // namespace wsgi::engine
