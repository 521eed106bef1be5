// SPDX-License-Identifier: Apache-2.0
// The tables of directives and options as text: JSON for other programs, Markdown for the pages of
// docs/directives, which a test compares. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/directives.h"

namespace wsgi::config {

// {"directives": […], "daemon_options": […], "script_options": […]}
std::string tables_json();

// docs/directives/README.md, whole; page_of(name of a directive) is what its row links to.
std::string index_markdown(const std::function<std::string(std::string_view)>& page_of);
// The table of one directive on its page.
std::string facts_markdown(const Directive& directive);
// The tables of all options of WSGIDaemonProcess, and of script directives.
std::string daemon_options_markdown();
std::string script_options_markdown();

}  // namespace wsgi::config
