// SPDX-License-Identifier: Apache-2.0
// wsgictl preflight: whether this host has what the definition needs: users, files, certificates,
// modules, a server whose configuration is valid. Changes nothing.
#include <memory>
#include <ostream>

#include "check/rules.h"
#include "cli/commands.h"
#include "cli/planning.h"
#include "conf/render.h"
#include "diag/codes.h"
#include "host/modules.h"

namespace wsgictl::cli {
namespace {

void run(Context& context, const std::string& instance) {
  const auto definition = load_definition(context);
  const auto target = definition ? resolve_target(context, instance) : std::nullopt;
  if (!target) {
    report(context, "preflight", failure_code(context));
    return;
  }
  check::check_host(*definition, *check::real_world(context.options.root, !target->is_private),
                    context.diagnostics);
  host::ApacheServer server(target->instance, sys::real_clock());
  if (const auto facts = server.facts()) {
    (void)host::modules_to_enable(conf::required_modules(*definition), facts->modules,
                                  target->layout, context.options.root, target->is_private,
                                  sys::real_files(), context.diagnostics);
  } else {
    context.diagnostics.add(
        diag::make(facts.error().sys != 0 ? "WCTL3004" : "WCTL3001", {}, facts.error().text));
  }
  const bool good = !context.diagnostics.has_errors();
  if (good) say(context, "this host has what the definition needs\n");
  report(context, "preflight", good ? kDone : kNo);
}

}  // namespace

void register_preflight(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "preflight",
                  "Check that this host has the users, files, certificates and modules needed.",
                  "wsgictl preflight -f shop.yaml");
  add_file_arguments(command, context);
  auto instance = std::make_shared<std::string>();
  add_instance_option(command, *instance);
  command.callback([&context, instance] { run(context, *instance); });
}

}  // namespace wsgictl::cli
