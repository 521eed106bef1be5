// SPDX-License-Identifier: Apache-2.0
// A plan for people and for programs. Pure; content of sensitive files is never in it.
#pragma once

#include <string>

#include "json/json.h"
#include "plan/plan.h"

namespace wsgictl::plan {

// Diffs, links, modules, groups that are replaced, and the line "Plan: 2 to add, …".
// EXPLAIN: each line of the files with the place in the definition it comes from, in place of
// diffs.
std::string to_text(const Plan& plan, bool explain);

// The same as data, with the hashes before and after.
Json to_json(const Plan& plan);

// "Plan: 2 to add, 1 to change, 0 to remove; reload needed"
std::string summary(const Plan& plan);

}  // namespace wsgictl::plan
