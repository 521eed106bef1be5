// SPDX-License-Identifier: Apache-2.0
// Options of one command, handed to CLI11; see command.h.
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace wsgictl::cli {
namespace {

void shape(CLI::Option& option, const Takes& takes) {
  if (takes.type != nullptr) option.type_name(takes.type);
  if (!takes.one_of.empty()) option.check(CLI::IsMember(takes.one_of));
  if (takes.high > takes.low) option.check(CLI::Range(takes.low, takes.high));
  if (takes.bare) option.expected(0, 1);
  option.required(takes.required);
}

}  // namespace

void Command::option(const char* name, std::string& into, const char* help, const Takes& takes) {
  shape(*app_->add_option(name, into, help), takes);
}

void Command::option(const char* name, int& into, const char* help, const Takes& takes) {
  shape(*app_->add_option(name, into, help), takes);
}

void Command::option(const char* name, std::vector<std::string>& into, const char* help,
                     const Takes& takes) {
  shape(*app_->add_option(name, into, help), takes);
}

void Command::flag(const char* name, bool& into, const char* help, const char* not_with) {
  CLI::Option* flag = app_->add_flag(name, into, help);
  if (not_with != nullptr) flag->excludes(app_->get_option(not_with));
}

void Command::callback(std::function<void()> run) { app_->callback(std::move(run)); }

}  // namespace wsgictl::cli
