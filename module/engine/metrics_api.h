// SPDX-License-Identifier: Apache-2.0
// Metrics as functions of the module `mod_wsgi`: dictionaries with the keys of python-api.md 7.
// Attached.
#pragma once

#include "engine/state.h"

namespace wsgi::engine {

// start_recording_metrics, request_metrics, process_metrics, server_metrics. False: Python error.
bool add_metrics_functions(PyObject* module);

}  // namespace wsgi::engine
