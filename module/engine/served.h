// SPDX-License-Identifier: Apache-2.0
// A request that is over, in the numbers of metrics.h. On its thread, attached or not.
#pragma once

#include "engine/metrics.h"
#include "engine/request.h"

namespace wsgi::engine {

// A request whose recording began while it ran has no CPU time and no waits.
Served served_of(const Request& request, OutcomeCode code, std::uint64_t started_ns);

}  // namespace wsgi::engine
