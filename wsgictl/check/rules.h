// SPDX-License-Identifier: Apache-2.0
// What takes two keys to judge. Offline rules look at the definition alone; host rules look at a
// World too, and run for preflight only. Codes 14xx and 20xx to 22xx.
#pragma once

#include "check/world.h"
#include "diag/diagnostic.h"
#include "model/app.h"

namespace wsgictl::check {

// All offline rules.
void check(const model::Definition& definition, diag::Diagnostics& diagnostics);

// All rules about a host: users, files, certificates that the definition names.
void check_host(const model::Definition& definition, const World& world,
                diag::Diagnostics& diagnostics);

// Of these, the ones about environments, and about files that somebody may not read: what can be
// said of a project before it is installed.
void check_places(const model::Definition& definition, const World& world,
                  diag::Diagnostics& diagnostics);

}  // namespace wsgictl::check
