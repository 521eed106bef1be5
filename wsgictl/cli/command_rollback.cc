// SPDX-License-Identifier: Apache-2.0
// wsgictl rollback: the files of an earlier generation again, through the same transaction as
// apply.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/acting.h"
#include "cli/commands.h"
#include "cli/planning.h"
#include "diag/codes.h"
#include "plan/print.h"

namespace wsgictl::cli {
namespace {

// The generation to go back to: the one asked for, or the newest before the live one.
std::optional<int> choose(const std::vector<int>& kept, int current, int wanted) {
  if (wanted != 0)
    return std::find(kept.begin(), kept.end(), wanted) != kept.end() ? std::optional(wanted)
                                                                     : std::nullopt;
  std::optional<int> found;
  for (const int number : kept)
    if (number < current) found = number;
  return found;
}

int fail_state(Context& context, const sys::Fail& fail) {
  context.diagnostics.add(diag::make("WCTL4005", {}, fail.text));
  return kRefused;
}

// A plan that writes the files of generation WANTED; nothing and a code where there is none.
std::optional<plan::Plan> plan_back(Context& context, host::Server& server, plan::Store& store,
                                    const ActOptions& options, int wanted, int& code) {
  const auto current = store.current();
  const auto kept = store.numbers();
  if (!current || !kept) {
    code = fail_state(context, !current ? current.error() : kept.error());
    return std::nullopt;
  }
  const auto number = choose(*kept, current->number, wanted);
  if (!number) {
    context.diagnostics.add(
        diag::make("WCTL4010", {},
                   wanted != 0 ? fmt::format("generation {} is not kept", wanted)
                               : std::string("there is no generation before the live one")));
    code = kNo;
    return std::nullopt;
  }
  const auto back = store.load(*number);
  auto files =
      back ? store.contents(*back) : sys::Result<std::vector<conf::RenderedFile>>(back.error());
  if (!files) {
    code = fail_state(context, files.error());
    return std::nullopt;
  }
  plan::Input input;
  input.root = context.options.root;
  input.desired = std::move(*files);
  input.targets = back->targets;
  input.groups = back->groups;
  input.definition = back->definition;
  input.take_over = options.take_over;
  std::string conflicts;
  auto plan = plan_for(context, server, *current, input, options.start, conflicts);
  if (!plan) {
    say(context, conflicts);
    code = kRefused;
  }
  return plan;
}

void run(Context& context, const ActOptions& options, int wanted) {
  const auto target = resolve_target(context, options.instance);
  if (!target) {
    report(context, "rollback", planning_failure(context));
    return;
  }
  Acting acting(context, *target, "rollback", options);
  if (!options.dry_run) {
    if (const auto code = acting.begin()) {
      report(context, "rollback", *code);
      return;
    }
  }
  int code = kDone;
  const auto plan = plan_back(context, acting.server(), acting.store(), options, wanted, code);
  if (!plan) {
    report(context, "rollback", code);
  } else if (options.dry_run) {
    say(context, plan::to_text(*plan, false));
    report(context, "rollback", kDone, plan::to_json(*plan));
  } else {
    acting.run(*plan);
  }
}

}  // namespace

void register_rollback(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "rollback",
                  "Go back to the previous generation, or to the one named.", "wsgictl rollback");
  auto options = std::make_shared<ActOptions>();
  auto number = std::make_shared<int>(0);
  command.option("--to", *number, "Number of the generation", {.low = 1, .high = 1000000000});
  add_act_options(command, *options);
  command.callback([&context, options, number] { run(context, *options, *number); });
}

}  // namespace wsgictl::cli
