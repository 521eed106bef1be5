// SPDX-License-Identifier: Apache-2.0
// What names tell about virtual environments. Pure.
#pragma once

#include <string>

namespace wsgictl::check {

// Where an environment is that PATH (its bin folder, interpreter or site-packages) lies in, as far
// as the names tell; "" if they do not.
std::string environment_of(const std::string& path);

}  // namespace wsgictl::check
