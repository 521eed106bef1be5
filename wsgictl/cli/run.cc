// SPDX-License-Identifier: Apache-2.0
// Parses the command line, runs one command, maps CLI11's errors to ours; see run.h.
#include "cli/run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/help.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::cli {
namespace {

using Words = std::vector<std::string>;

// The command line may be too broken to be parsed, but --format json must be obeyed all the same.
Format wanted_format(const Words& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--format=json") return Format::json;
    if (words[i] == "--format" && i + 1 < words.size() && words[i + 1] == "json")
      return Format::json;
  }
  return Format::text;
}

int usage(Context& context, const std::string& command, std::string message, std::string hint) {
  add_usage_error(context, std::move(message), std::move(hint));
  return report(context, command.c_str(), kUsage);
}

std::string suggestion(const std::string& word, const Words& known, const std::string& otherwise) {
  const auto near = diag::nearest(word, known);
  return near ? fmt::format("did you mean \"{}\"?", *near) : otherwise;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_name() == name) return command;
  return nullptr;
}

int unknown_command(Context& context, const CLI::App& app, const std::string& word) {
  Words names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return usage(context, "wsgictl", fmt::format("unknown command {}", diag::quote(word)),
               suggestion(word, names, "wsgictl --help lists the commands"));
}

// The first option in WORDS that COMMAND does not have, without its value.
std::string unknown_option(const CLI::App& command, const Words& words) {
  for (const std::string& text : words) {
    if (text == "--") break;
    if (text.size() < 2 || text[0] != '-') continue;
    const std::string name =
        text.starts_with("--") ? text.substr(0, text.find('=')) : text.substr(0, 2);
    if (command.get_option_no_throw(name) == nullptr) return name;
  }
  return "";
}

int wrong_use(Context& context, const CLI::App& app, const Words& words,
              const CLI::ParseError& error) {
  const CLI::App* command = find_command(app, words[0]);
  if (command == nullptr)
    return usage(context, "wsgictl", error.what(), "wsgictl --help shows the usage");
  const std::string help = fmt::format("wsgictl {} --help shows the options", words[0]);
  const std::string name = unknown_option(*command, {words.begin() + 1, words.end()});
  if (name.empty()) return usage(context, words[0], error.what(), help);
  Words known;
  for (const CLI::Option* option : command->get_options())
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  return usage(context, words[0], fmt::format("unknown option {}", diag::quote(name)),
               suggestion(name, known, help));
}

int parse_and_run(int argc, const char* const* argv, Context& context) {
  CLI::App app("Hosts Python web applications on the Apache HTTP Server.", "wsgictl");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", "wsgictl " WSGICTL_VERSION);
  app.require_subcommand(1);
  app.footer("wsgictl validate blog.yaml");
  for (const Register add : kCommands) add(app, context);

  const Words words(argv + (argc > 0 ? 1 : 0), argv + argc);
  context.options.format = wanted_format(words);
  if (!words.empty() && !words[0].starts_with('-') && find_command(app, words[0]) == nullptr)
    return unknown_command(context, app, words[0]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    context.streams.out << (chosen.empty() ? app.help() : chosen.front()->help("wsgictl"));
    return kDone;
  } catch (const CLI::CallForVersion&) {
    context.streams.out << "wsgictl " WSGICTL_VERSION "\n";
    return kDone;
  } catch (const CLI::ParseError& error) {
    if (words.empty()) {
      context.streams.err << app.help();
      return kUsage;
    }
    return wrong_use(context, app, words, error);
  }
  return context.exit_code;
}

}  // namespace

int run(int argc, const char* const* argv, Streams& streams) {
  Context context{streams, {}, {}, kDone};
  try {
    const int code = parse_and_run(argc, argv, context);
    streams.out.flush();
    // A full disk or a closed pipe must not look like success.
    return code == kDone && !streams.out ? static_cast<int>(kNo) : code;
  } catch (const std::exception& error) {
    streams.err << "wsgictl: this is a bug: " << error.what() << '\n';
    return kBug;
  }
}

}  // namespace wsgictl::cli
