// SPDX-License-Identifier: Apache-2.0
// The module record, nothing else. The recorded source name must be the literal "mod_wsgi.c":
// <IfModule mod_wsgi.c>, LogLevel and the [wsgi:level] tag are derived from it, and __FILE__ of a
// C++ source would silently disable them (directives.md, section 1).
#include "apache/commands.h"
#include "apache/hooks.h"
#include "apache/httpd_api.h"
#include "apache/server_config.h"

extern "C" {
__attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA wsgi_module = {
    MODULE_MAGIC_NUMBER_MAJOR,
    MODULE_MAGIC_NUMBER_MINOR,
    -1,
    "mod_wsgi.c",
    nullptr,
    nullptr,
    MODULE_MAGIC_COOKIE,
    nullptr,
    wsgi::apache::create_dir_config,
    wsgi::apache::merge_dir_config,
    wsgi::apache::create_server_config,
    wsgi::apache::merge_server_config,
    wsgi::apache::commands(),
    wsgi::apache::register_hooks,
    AP_MODULE_FLAG_NONE,
};
}
