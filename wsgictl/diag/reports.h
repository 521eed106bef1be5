// SPDX-License-Identifier: Apache-2.0
// Diagnostics in the forms that build services read. Same items, order and cap as print.h; what is
// sensitive is never in a message, and excerpts are not printed here. Pure: they return text.
#pragma once

#include <string>
#include <string_view>

#include "diag/diagnostic.h"
#include "json/json.h"

namespace wsgictl::diag {

// SARIF 2.1.0 (OASIS): one run, a rule for each code that occurs.
Json to_sarif(const Diagnostics& diagnostics, std::string_view version);

// Workflow commands of GitHub Actions, one a line.
std::string to_github(const Diagnostics& diagnostics);

// JUnit XML: a test case for each file, each error a failure; warnings go to its output.
std::string to_junit(const Diagnostics& diagnostics, std::string_view command);

}  // namespace wsgictl::diag
