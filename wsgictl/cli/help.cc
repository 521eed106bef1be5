// SPDX-License-Identifier: Apache-2.0
// Help texts; see help.h. And what all commands have in common.
#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "cli/columns.h"
#include "cli/commands.h"

namespace wsgictl::cli {
namespace {

constexpr const char* kFormats[] = {"text", "json", "sarif", "github", "junit"};  // as Format

constexpr std::size_t kColumn = 30;  // where descriptions start

std::string entry(const std::string& name, std::string_view text) {
  return in_columns("  " + name, text, kColumn);
}

}  // namespace

// What a value must be is said when it is not: "0 - 65535" in each line only hides the name.
std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  const std::string type = option->get_type_name();
  std::string name = make_option_name(option, is_positional);
  const std::string shown = type.substr(0, type.find(':'));
  if (option->get_type_size() != 0 && !shown.empty()) name += " " + shown;
  if (option->get_expected_max() > 1) name += " ...";
  return entry(name, make_option_desc(option));
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return entry(command->get_display_name(true), command->get_description());
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
  std::string out;
  if (!app->get_footer().empty()) out += fmt::format("Example:\n  {}\n\n", app->get_footer());
  out += make_description(app);
  out += make_usage(app, name);
  out += make_positionals(app);
  out += make_groups(app, mode);
  out += make_subcommands(app, mode);
  for (std::size_t at; (at = out.find("\n\n\n")) != std::string::npos;) out.erase(at, 1);
  return out;
}

Command add_command(CLI::App& app, Context& context, const char* name, const char* description,
                    const char* example) {
  CLI::App* command = app.add_subcommand(name, description);
  Options& o = context.options;
  command->footer(example);
  const bool diagnostics_alone = command->get_name() == "validate" ||
                                 command->get_name() == "preflight" ||
                                 command->get_name() == "check";
  const std::vector<std::string> formats(
      std::begin(kFormats), diagnostics_alone ? std::end(kFormats) : std::begin(kFormats) + 2);
  command
      ->add_option("-f,--file", o.files,
                   "Definition: a file, a folder of them, or - for standard input")
      ->type_name("PATH")
      ->take_all()
      ->expected(1)
      ->group("Common options");
  command
      ->add_option("--stdin-name", o.stdin_name,
                   "File name that standard input stands for, in messages and rendered files")
      ->type_name("NAME")
      ->group("Common options");
  command
      ->add_option_function<std::string>(
          "--format",
          [&o](const std::string& v) {
            const auto known = std::find(std::begin(kFormats), std::end(kFormats), v);
            o.format = static_cast<Format>(known - std::begin(kFormats));
          },
          "Form of the output")
      ->type_name(fmt::format("{}", fmt::join(formats, "|")))
      ->check(CLI::IsMember(formats))
      ->group("Common options");
  command
      ->add_option_function<std::string>(
          "--color",
          [&o](const std::string& v) {
            o.color = v == "always"  ? Color::always
                      : v == "never" ? Color::never
                                     : Color::automatic;
          },
          "When to use colour")
      ->type_name("auto|always|never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group("Common options");
  command->add_flag("-q,--quiet", o.quiet, "Say nothing but errors")->group("Common options");
  command->add_flag("-v,--verbose", o.verbose, "Say more")->group("Common options");
  command->add_flag("--no-input", o.no_input, "Never ask")->group("Common options");
  command->add_option("--root", o.root, "Act on the system below this folder")
      ->type_name("DIR")
      ->group("Common options");
  command->add_option("--target", o.target, "Layout to render for, such as debian-12")
      ->type_name("NAME")
      ->group("Common options");
  command->set_version_flag("--version", "wsgictl " WSGICTL_VERSION)->group("Common options");
  return Command(*command);
}

void add_file_arguments(Command& command, Context& context) {
  command.option("files", context.options.arguments, "Definitions, as with -f", {.type = "PATH"});
}

}  // namespace wsgictl::cli
