// SPDX-License-Identifier: Apache-2.0
// The events of a request: payloads of python-api.md 5.2, built only when heard() says that
// somebody listens. On the request's thread, attached, without a pending error.
#pragma once

#include "engine/request.h"
#include "python/traceback.h"

namespace wsgi::engine {

inline bool heard(const Request& request) { return request.state.interpreter.subscribers().any(); }

// request_started. The callable to call: a subscriber may give another.
py::Ref announce_started(Request& request, py::Ref application, PyObject* environ);
// response_started
void announce_response(Request& request, PyObject* status, PyObject* headers, PyObject* exc_info);
// request_exception
void announce_exception(Request& request, const python::Caught& caught);
// request_finished
void announce_finished(Request& request, OutcomeCode code);

// As events and metrics count it: 500 without a head, 504 after a RequestTimeout before the head.
int status_of(const Request& request, OutcomeCode code);
// Seconds of CPU of the calling thread since the meter's start, scaled down to `wall` if together
// they would exceed it.
struct CpuTime {
  double user = 0, system = 0;
};
CpuTime cpu_time(const Meter& meter, double wall);

}  // namespace wsgi::engine
