// SPDX-License-Identifier: Apache-2.0
// How a request ends for the client, from how it ended for the application (errors.md, section 14).
#pragma once

#include "apache/client_response.h"

namespace wsgi::apache {

// The status for a failure before the head of the response.
int status_of(OutcomeCode code);

// Ends or cuts the response; the handler returns what this returns.
int finish(request_rec* r, ClientResponse& response, OutcomeCode code);

}  // namespace wsgi::apache
