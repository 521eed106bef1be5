// SPDX-License-Identifier: Apache-2.0
// wsgictl plan: what apply would change on this host. Changes nothing, takes no lock.
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/planning.h"
#include "plan/print.h"

namespace wsgictl::cli {
namespace {

struct PlanOptions {
  std::string instance;
  bool explain = false;
  bool exit_code = false;
  bool take_over = false;
};

void run(Context& context, const PlanOptions& options) {
  const auto definition = load_definition(context);
  const auto target = definition ? resolve_target(context, options.instance) : std::nullopt;
  if (!target) {
    report(context, "plan", planning_failure(context));
    return;
  }
  host::ApacheServer server(target->instance, sys::real_clock());
  plan::Store store = open_store(context, *target);
  std::string conflicts;
  const auto plan = make_plan(context, *target, server, store, *definition,
                              {.take_over = options.take_over}, conflicts);
  if (!plan) {
    say(context, conflicts);
    report(context, "plan", planning_failure(context), {{"conflicts", conflicts}});
    return;
  }
  say(context, plan::to_text(*plan, options.explain));
  const bool changes = options.exit_code && plan->has_changes();
  report(context, "plan", changes ? kChanges : kDone, plan::to_json(*plan));
}

}  // namespace

void register_plan(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "plan", "Show what apply would change on this host.",
                                "wsgictl plan -f shop.yaml --exit-code");
  add_file_arguments(command, context);
  auto options = std::make_shared<PlanOptions>();
  command.flag("--explain", options->explain,
               "Show each line of the files with the place it comes from");
  command.flag("--exit-code", options->exit_code, "Exit with 3 if there are changes");
  command.flag("--take-over", options->take_over,
               "Plan to overwrite files of ours that were edited");
  add_instance_option(command, options->instance);
  command.callback([&context, options] { run(context, *options); });
}

}  // namespace wsgictl::cli
