// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text for people and as JSON for programs. Both print the same items in the same
// order: by file, then position, at most kMaxPrinted, with a count of the rest. Neither writes;
// they return text. Form: wsgictl-conventions, section 3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diag/diagnostic.h"
#include "json/json.h"

namespace wsgictl::diag {

inline constexpr std::size_t kMaxPrinted = 100;

// Items in printing order: those about files first, sorted; the others after, in order of arrival.
std::vector<const Diagnostic*> sorted(const Diagnostics& diagnostics);

// gcc-style lines with the source line and carets below; ends in a line feed unless empty.
std::string to_text(const Diagnostics& diagnostics, bool color);

// The whole document of conventions §3. `ok` is given, since a command may fail without an error.
Json to_json(const Diagnostics& diagnostics, std::string_view command, bool ok);

}  // namespace wsgictl::diag
