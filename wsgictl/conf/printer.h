// SPDX-License-Identifier: Apache-2.0
// Nodes to text: the only place where Apache configuration becomes characters, so nothing can be
// written that Apache would read as something else. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/ast.h"
#include "diag/diagnostic.h"

namespace wsgictl::conf {

struct Printed {
  std::string text;
  std::vector<diag::Mark> origins;  // per line
};

// Nothing if an argument cannot be written or, for a directive of the module, if the module's own
// tables do not take it; DIAGNOSTICS then says which and where.
std::optional<Printed> print(const std::vector<Node>& nodes, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::conf
