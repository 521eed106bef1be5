// SPDX-License-Identifier: Apache-2.0
// The settings of one place of a configuration, and directives applied to them without httpd.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

#include "config/directives.h"

namespace wsgi::test {

using namespace wsgi::config;

// One server and one directory scope, as httpd would hold them.
struct Configuration {
  std::pmr::monotonic_buffer_resource memory;
  ServerSettings server;
  DirSettings dir;

  Status apply(std::string_view name, std::string_view arguments,
               InterpreterOptions* container = nullptr) {
    const Directive* directive = find_directive(name);
    if (!directive) return Fail{ErrorId::internal, "no such directive"};
    Scopes to{&dir, &server, container, &server.notices, &memory, {"f.conf", 7}};
    return config::apply(*directive, arguments, to);
  }
  std::string error(std::string_view name, std::string_view arguments) {
    Status status = apply(name, arguments);
    return status ? "" : status.error().text;
  }
};

}  // namespace wsgi::test
