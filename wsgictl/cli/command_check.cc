// SPDX-License-Identifier: Apache-2.0
// wsgictl check --apache: the classic misconfigurations of mod_wsgi in an existing configuration,
// all at once. Reads files below --root, runs nothing and writes nothing.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "apache_check/rules.h"
#include "apache_conf/files.h"
#include "apache_conf/reader.h"
#include "cli/commands.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::cli {
namespace {

namespace fs = std::filesystem;

// The file that Apache starts with in FOLDER; "" if there is none.
std::string main_file(const fs::path& folder) {
  std::error_code error;
  for (const char* name : {"apache2.conf", "conf/httpd.conf", "httpd.conf"})
    if (fs::is_regular_file(folder / name, error)) return (folder / name).string();
  return "";
}

// The file to start with, as a path below the root; a diagnostic if it cannot be told.
std::string chosen_file(Context& context, const std::string& wanted) {
  std::error_code error;
  std::string found;
  const std::string root = context.options.root == "/" ? "" : context.options.root;
  if (wanted.empty()) {
    const auto layout = resolve_layout(context);
    if (!layout) return "";
    found = main_file(root + layout->server_root);
    if (!found.empty()) found.erase(0, root.size());
  } else {
    const fs::path path = fs::absolute(wanted, error).lexically_normal();
    found = fs::is_directory(root + path.string(), error) ? main_file(root + path.string())
                                                          : root + path.string();
    if (fs::is_regular_file(found, error))
      found.erase(0, root.size());
    else
      found.clear();
  }
  if (found.empty())
    context.diagnostics.add(diag::make(
        "WCTL1001", {},
        wanted.empty() ? "no configuration of Apache was found"
                       : fmt::format("no configuration of Apache at {}", diag::quote(wanted)),
        "name the file that Apache starts with, such as /etc/apache2/apache2.conf"));
  return found;
}

apache_conf::Configuration read(const Context& context, const std::string& file) {
  apache_conf::Settings settings;
  settings.root = context.options.root;
  const std::string folder = fs::path(file).parent_path().string();
  const std::string root = context.options.root == "/" ? "" : context.options.root;
  if (const auto envvars = apache_conf::read_whole(root + folder + "/envvars"))
    settings.environment = apache_conf::read_envvars(*envvars);
  return apache_conf::read_configuration(file, settings);
}

void check(Context& context, const std::string& wanted) {
  const std::string file = chosen_file(context, wanted);
  if (file.empty()) {
    report(context, "check", failure_code(context));
    return;
  }
  const auto configuration = read(context, file);
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
