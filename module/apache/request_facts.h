// SPDX-License-Identifier: Apache-2.0
// Single facts of a request that httpd does not keep in the form WSGI wants. Pure readers, on the
// thread of the request; texts live in its pool or longer. Source: runtime.md, section 3.2.
#pragma once

#include "apache/httpd_api.h"

namespace wsgi::apache {

// REQUEST_URI: second word of the request line as received, or the current path (CGIVar).
const char* original_uri(request_rec* r);

// SCRIPT_FILENAME: without the query that mod_proxy leaves in a file name. Null if there is none.
const char* script_filename(request_rec* r);

// REDIRECT_URL: of the request that was redirected here; r->prev is not null.
const char* redirect_url(request_rec* r);

// REDIRECT_REMOTE_USER: of the nearest earlier request that had a user; null if none had.
const char* redirect_user(const request_rec* r);

// CGIPassAuth On.
bool cgi_pass_auth(const request_rec* r);

}  // namespace wsgi::apache
