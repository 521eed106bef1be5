// SPDX-License-Identifier: Apache-2.0
// Options of WSGIDaemonProcess as keys of an application: python and daemon. Pure.
#pragma once

#include <string>

#include "import/apps.h"

namespace wsgictl::importing {

// Fills OUT.python and OUT.daemon. SCRIPT: of the application, "" for a module.
void add_daemon(Work& work, const Group& group, const std::string& script, Json& out);

// What a group is given although its WSGIDaemonProcess does not say so: said once.
void say_new_defaults(Work& work, const Group& group, const std::string& script);

}  // namespace wsgictl::importing
