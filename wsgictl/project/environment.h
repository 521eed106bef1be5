// SPDX-License-Identifier: Apache-2.0
// The Python environment of a project. Looks at files only; no Python is started.
#pragma once

#include "project/project.h"

namespace wsgictl::project {

// Fills environment, python, and what is to be said about them.
void find_environment(Project& project);

}  // namespace wsgictl::project
