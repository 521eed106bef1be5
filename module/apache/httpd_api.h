// SPDX-License-Identifier: Apache-2.0
// The only include of httpd and APR headers. Makes them fit for C++: typed command functions, our
// module's log index, and the module record's declaration. Everything else in this folder includes
// this file and no header of httpd's.
#pragma once

// httpd offers its typed union of command functions to C99 only, though C++20 has designators too.
#ifndef AP_HAVE_DESIGNATED_INITIALIZER
#define AP_HAVE_DESIGNATED_INITIALIZER
#endif

#include <httpd.h>
// httpd.h first: the others rely on it.
#include <ap_mpm.h>
#include <ap_provider.h>
#include <apr_buckets.h>
#include <apr_lib.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <apr_version.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>
#include <mod_core.h>
#include <mod_ssl.h>
#include <mpm_common.h>
#include <scoreboard.h>
#include <unixd.h>
#include <util_cfgtree.h>
#include <util_filter.h>
#include <util_script.h>

extern "C" {
extern module AP_MODULE_DECLARE_DATA wsgi_module;  // mod_wsgi.cc
}

// The index by which `LogLevel wsgi:…` and the [wsgi:…] tag find us.
APLOG_USE_MODULE(wsgi);
