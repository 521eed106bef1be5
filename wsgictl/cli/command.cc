// SPDX-License-Identifier: Apache-2.0
// Options of one command, handed to CLI11; see command.h.
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace wsgictl::cli {
namespace {

void exclude(CLI::App& app, CLI::Option& option, const std::vector<std::string>& names) {
  for (const std::string& name : names) option.excludes(app.get_option(name));
}

void shape(CLI::App& app, CLI::Option& option, const Takes& takes) {
  if (takes.type != nullptr) option.type_name(takes.type);
  if (!takes.one_of.empty()) option.check(CLI::IsMember(takes.one_of));
  if (takes.high > takes.low) option.check(CLI::Range(takes.low, takes.high));
  if (takes.bare) option.expected(0, 1);
  option.required(takes.required);
  exclude(app, option, takes.not_with);
}

}  // namespace

void Command::option(const char* name, std::string& into, const char* help, const Takes& takes) {
  shape(*app_, *app_->add_option(name, into, help), takes);
}

void Command::option(const char* name, int& into, const char* help, const Takes& takes) {
  shape(*app_, *app_->add_option(name, into, help), takes);
}

void Command::option(const char* name, std::vector<std::string>& into, const char* help,
                     const Takes& takes) {
  shape(*app_, *app_->add_option(name, into, help), takes);
}

void Command::flag(const char* name, bool& into, const char* help,
                   const std::vector<std::string>& not_with) {
  exclude(*app_, *app_->add_flag(name, into, help), not_with);
}

void Command::callback(std::function<void()> run) { app_->callback(std::move(run)); }

}  // namespace wsgictl::cli
