// SPDX-License-Identifier: Apache-2.0
// From a definition to a plan for a host: what plan and apply have in common. Reads, changes
// nothing.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"
#include "cli/target.h"
#include "host/server.h"
#include "plan/plan.h"

namespace wsgictl::cli {

struct PlanRequest {
  bool take_over = false;
  bool start = false;             // a stopped server would be started
  bool must_know_server = false;  // apply: a server that cannot be asked is an error, not a warning
};

// Nothing where something is in the way; diagnostics say what, CONFLICTS holds the diffs of edited
// files.
std::optional<plan::Plan> make_plan(Context& context, const Target& target, host::Server& server,
                                    plan::Store& store, const model::Definition& definition,
                                    const PlanRequest& request, std::string& conflicts);

// The same for files that are there already (rollback): no modules are looked at.
std::optional<plan::Plan> plan_for(Context& context, host::Server& server,
                                   const plan::Generation& current, const plan::Input& input,
                                   bool start, std::string& conflicts);

// The code for a plan that could not be made: the definition is bad (1), not readable (8), or the
// host is not as it must be (4).
int planning_failure(const Context& context);

// Prints TEXT to standard output in text format; nothing with --format json or --quiet.
void say(Context& context, const std::string& text);

}  // namespace wsgictl::cli
