// SPDX-License-Identifier: Apache-2.0
// wsgictl check --apache: the classic misconfigurations of mod_wsgi in an existing configuration,
// all at once. Reads files below --root, runs nothing and writes nothing.
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "apache_check/rules.h"
#include "cli/apache_source.h"
#include "cli/commands.h"

namespace wsgictl::cli {
namespace {

void check(Context& context, const std::string& wanted) {
  const std::string file = apache_file(context, wanted);
  if (file.empty()) {
    report(context, "check", failure_code(context));
    return;
  }
  const auto configuration = read_apache(context, file);
  apache_check::check(configuration, context.options.root, context.diagnostics);
  const std::size_t count = context.diagnostics.items().size();
  if (count == 0 && !context.options.quiet && context.options.format == Format::text)
    context.streams.out << fmt::format("{}: nothing found, {} files read\n", file,
                                       configuration.sources.size());
  report(context, "check", context.diagnostics.has_errors() ? failure_code(context) : +kDone);
}

}  // namespace

void register_check(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "check", "Find the usual mistakes in an Apache configuration.",
                  "wsgictl check --apache /etc/apache2/apache2.conf");
  auto wanted = std::make_shared<std::string>();
  command.option("--apache", *wanted,
                 "File that Apache starts with, or its folder; without it, the distribution's",
                 {.type = "PATH", .required = true, .bare = true});
  command.callback([&context, wanted] { check(context, *wanted); });
}

}  // namespace wsgictl::cli
