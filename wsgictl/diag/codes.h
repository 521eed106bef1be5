// SPDX-License-Identifier: Apache-2.0
// The table of diagnostic codes, made from codes.def. A code is never reused or renumbered.
#pragma once

#include <span>
#include <string_view>

#include "diag/diagnostic.h"

namespace wsgictl::diag {

struct Code {
  std::string_view id;  // WCTL1203
  Severity severity;
  std::string_view title;
  std::string_view explanation;
  std::string_view remedy;
};

std::span<const Code> codes();

// The row of ID (upper or lower case), or null.
const Code* find_code(std::string_view id);

// A diagnostic with the severity that the table gives to CODE.
Diagnostic make(std::string_view code, Mark mark, std::string message, std::string hint = "");

}  // namespace wsgictl::diag
