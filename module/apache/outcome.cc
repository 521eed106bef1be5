// SPDX-License-Identifier: Apache-2.0
#include "apache/outcome.h"

#include "apache/log_sink.h"

namespace wsgi::apache {

int status_of(OutcomeCode code) {
  switch (code) {
    case OutcomeCode::no_callable:
      return HTTP_NOT_FOUND;
    case OutcomeCode::timed_out:
    case OutcomeCode::expired:
      return HTTP_GATEWAY_TIME_OUT;
    case OutcomeCode::interpreter_limit:
    case OutcomeCode::reload:
      return HTTP_SERVICE_UNAVAILABLE;
    default:
      return HTTP_INTERNAL_SERVER_ERROR;
  }
}

int finish(request_rec* r, ClientResponse& response, OutcomeCode code) {
  if (!response.has_head()) {
    // Nobody listens: no error document, the access log keeps 200 out of it.
    if (code == OutcomeCode::client_gone) return OK;
    if (code == OutcomeCode::timed_out) {
      // An interrupted request gets an empty 504 (runtime.md, 5.5).
      r->status = HTTP_GATEWAY_TIME_OUT;
      response.end();
      return OK;
    }
    return code == OutcomeCode::ok ? HTTP_INTERNAL_SERVER_ERROR : status_of(code);
  }
  bool complete = code == OutcomeCode::ok && !response.short_of_length();
  if (complete || r->header_only || AP_STATUS_IS_HEADER_ONLY(r->status)) {
    response.end();
  } else {
    response.cut();
  }
  return OK;
}

}  // namespace wsgi::apache
