// SPDX-License-Identifier: Apache-2.0
// wsgictl apply: brings this host to what the definition says, or leaves it as it was.
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "check/rules.h"
#include "cli/acting.h"
#include "cli/commands.h"
#include "cli/planning.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "plan/print.h"

namespace wsgictl::cli {
namespace {

// The plan, made under the lock in the real run; nothing, and reported, where it cannot be made.
std::optional<plan::Plan> plan_or_report(Context& context, const Target& target,
                                         host::Server& server, plan::Store& store,
                                         const model::Definition& definition,
                                         const ActOptions& options) {
  for (const model::App& app : definition.apps)
    if (app.is_instance())
      context.diagnostics.add(diag::make(
          "WCTL4012", app.run.mark,
          fmt::format("apply does not start the instance of {}", diag::quote(app.name.value)),
          "wsgictl render -o / writes the files, systemctl daemon-reload and enable --now start "
          "the service"));
  std::string conflicts;
  auto plan =
      make_plan(context, target, server, store, definition,
                {.take_over = options.take_over, .start = options.start, .must_know_server = true},
                conflicts);
  if (plan && plan->has_changes())
    check::check_host(definition, *check::real_world(context.options.root, !target.is_private),
                      context.diagnostics);
  if (plan && !context.diagnostics.has_errors()) return plan;
  say(context, conflicts);
  report(context, "apply", planning_failure(context),
         {{"changed", false}, {"conflicts", conflicts}});
  return std::nullopt;
}

void dry_run(Context& context, const Target& target, const model::Definition& definition,
             const ActOptions& options) {
  host::ApacheServer server(target.instance, sys::real_clock());
  plan::Store store = open_store(context, target);
  const auto plan = plan_or_report(context, target, server, store, definition, options);
  if (!plan) return;
  say(context, plan::to_text(*plan, false));
  report(context, "apply", kDone, plan::to_json(*plan));
}

void run(Context& context, const ActOptions& options) {
  const auto definition = load_definition(context);
  const auto target = definition ? resolve_target(context, options.instance) : std::nullopt;
  if (!target) {
    report(context, "apply", planning_failure(context));
    return;
  }
  if (options.dry_run) {
    dry_run(context, *target, *definition, options);
    return;
  }
  Acting acting(context, *target, "apply", options);
  if (const auto code = acting.begin()) {
    report(context, "apply", *code);
    return;
  }
  const auto plan =
      plan_or_report(context, *target, acting.server(), acting.store(), *definition, options);
  if (plan) acting.run(*plan);
}

}  // namespace

void register_apply(CLI::App& app, Context& context) {
  Command command = add_command(
      app, context, "apply", "Bring this host to what the definition says, or leave it as it was.",
      "wsgictl apply -f shop.yaml");
  add_file_arguments(command, context);
  auto options = std::make_shared<ActOptions>();
  add_act_options(command, *options);
  command.callback([&context, options] { run(context, *options); });
}

}  // namespace wsgictl::cli
