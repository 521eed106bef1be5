// SPDX-License-Identifier: Apache-2.0
// The tables of directives and options as text: JSON for wsgictl and other programs, Markdown for
// the reference page docs/directives/README.md, which a test compares. Pure.
#pragma once

#include <string>

namespace wsgi::config {

// {"directives": […], "daemon_options": […], "script_options": […]}
std::string tables_json();
std::string tables_markdown();

}  // namespace wsgi::config
