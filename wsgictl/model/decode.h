// SPDX-License-Identifier: Apache-2.0
// A tree to a definition by the table in keys.h. Decoding is the validator: what it accepts has the
// types and ranges of the table. All problems of the tree are reported in one run.
#pragma once

#include <string>

#include "diag/diagnostic.h"
#include "model/app.h"
#include "model/keys.h"
#include "yaml/node.h"

namespace wsgictl::model {

// Adds apps and sites of ROOT to DEFINITION (of one file). Values of variables are registered as
// sensitive. On an error the members concerned keep their defaults.
void decode(const yaml::Node& root, Definition& definition, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::model
