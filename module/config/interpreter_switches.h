// SPDX-License-Identifier: Apache-2.0
// WSGIPerInterpreterGIL and WSGIFreeThreading against the Pythons that will read them: what a
// version does not have is said when the configuration is read. Pure; main thread.
// Source: directives.md, section 7.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/scopes.h"
#include "config/settings.h"

namespace wsgi::config {

// A kind of process: children ("") or a process group, and its Python ("3.11", "3.13t").
struct PythonUser {
  std::string group;
  std::string version;
};

// One warning for each switch and version, naming the processes.
std::vector<Notice> switches_without_effect(const PythonSettings& settings,
                                            std::span<const PythonUser> users);

}  // namespace wsgi::config
