// SPDX-License-Identifier: Apache-2.0
// The module's own judgement; see module_tables.h.
#include "conf/module_tables.h"

#include <fmt/format.h>

#include "config/daemon_options.h"
#include "config/directives.h"

namespace wsgictl::conf {

std::optional<std::string> module_refuses(std::string_view directive, std::string_view arguments) {
  if (!directive.starts_with("WSGI")) return std::nullopt;
  if (wsgi::config::find_directive(directive) == nullptr)
    return fmt::format("the module has no directive {}", directive);
  if (directive == "WSGIDaemonProcess") {
    const auto parsed = wsgi::config::parse_daemon_process(arguments);
    if (!parsed) return parsed.error().text;
  }
  return std::nullopt;
}

std::optional<std::string_view> module_ignores(std::string_view directive) {
  const auto* row = wsgi::config::find_directive(directive.substr(0, directive.find(' ')));
  if (row == nullptr || row->effect != wsgi::config::Effect::none) return std::nullopt;
  return row->remark;
}

}  // namespace wsgictl::conf
