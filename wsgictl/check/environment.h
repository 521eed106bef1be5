// SPDX-License-Identifier: Apache-2.0
// What names and pyvenv.cfg tell about virtual environments. Pure.
// Source: Python's documentation, venv.
#pragma once

#include <functional>
#include <string>

namespace wsgictl::check {

// Where an environment is that PATH (its bin folder, interpreter or site-packages) lies in, as far
// as the names tell; "" if they do not.
std::string environment_of(const std::string& path);

struct Environment {
  std::string base;     // folder of the interpreter that it was made from; "" not said
  std::string version;  // "3.11"; "" not said
};

// What the text of a pyvenv.cfg says.
Environment environment_from(const std::string& config);

// The interpreter of ENVIRONMENT, or the folder it was in, that EXISTS does not find; "" if it is
// there, or nothing is said of it.
std::string missing_base(const Environment& environment,
                         const std::function<bool(const std::string& path)>& exists);

}  // namespace wsgictl::check
