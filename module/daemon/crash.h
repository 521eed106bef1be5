// SPDX-License-Identifier: Apache-2.0
// What a dying daemon says of itself: Python's faulthandler writes the stacks of all threads to
// descriptor 2, which the supervisor logs, and then lets the signal do what it would have done.
// Main thread, once Python has started and before any script.
#pragma once

#include "base/log.h"

namespace wsgi::daemon {

// A failure is logged; it is no reason not to serve.
void show_stacks_of_crashes(Log& log);

}  // namespace wsgi::daemon
