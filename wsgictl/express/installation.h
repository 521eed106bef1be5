// SPDX-License-Identifier: Apache-2.0
// What is installed, seen from the running program. Reads, changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/layout.h"
#include "sys/files.h"

namespace wsgictl::express {

// The module: ../lib/apache2/modules/mod_wsgi.so from the folder of this program, else in Apache's
// own folder. Runtimes need no path, since the module looks beside itself.
std::optional<std::string> find_module(const host::Layout& layout);

// Modules compiled into HTTPD, by short name.
sys::Result<std::vector<std::string>> built_in_modules(const std::string& httpd);

// The same from the output of `httpd -l`. Pure.
std::vector<std::string> parse_built_in(const std::string& output);

// A TCP port that is free on HOST now.
sys::Result<int> free_port(const std::string& host);

}  // namespace wsgictl::express
