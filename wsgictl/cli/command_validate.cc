// SPDX-License-Identifier: Apache-2.0
// wsgictl validate: is the definition right? Offline unless --online, so that it serves as
// Ansible's `validate:` on a temporary file. Writes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "check/rules.h"
#include "cli/commands.h"
#include "model/load.h"

namespace wsgictl::cli {
namespace {

struct Choices {
  bool offline = false;
  bool online = false;
  bool strict = false;
};

bool has_warnings(const diag::Diagnostics& diagnostics) {
  return std::any_of(
      diagnostics.items().begin(), diagnostics.items().end(),
      [](const diag::Diagnostic& d) { return d.severity == diag::Severity::warning; });
}

void validate(Context& context, const Choices& choices) {
  const auto definition = load_definition(context);
  if (definition && choices.online)
    check::check_host(*definition, *check::real_world(context.options.root), context.diagnostics);
  const bool bad = !definition || context.diagnostics.has_errors() ||
                   (choices.strict && has_warnings(context.diagnostics));
  if (!bad && !context.options.quiet && context.options.format == Format::text)
    context.streams.out << fmt::format(
        "valid: {} application{}, {} site{}\n", definition->apps.size(),
        definition->apps.size() == 1 ? "" : "s", definition->sites.size(),
        definition->sites.size() == 1 ? "" : "s");
  report(context, "validate", bad ? failure_code(context) : static_cast<int>(kDone));
}

}  // namespace

void register_validate(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "validate", "Check a definition, offline.",
                                "wsgictl validate blog.yaml");
  add_file_arguments(command, context);
  auto choices = std::make_shared<Choices>();
  command.flag("--offline", choices->offline, "Look at the definition alone (the default)");
  command.flag("--online", choices->online, "Look for its files and users on this host too",
               {"--offline"});
  command.flag("--strict", choices->strict, "Warnings are errors");
  command.callback([&context, choices] { validate(context, *choices); });
}

}  // namespace wsgictl::cli
