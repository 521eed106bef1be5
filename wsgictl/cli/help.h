// SPDX-License-Identifier: Apache-2.0
// Help texts that show an example before anything else, in 80 columns. The example is the footer of
// a command.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace wsgictl::cli {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

}  // namespace wsgictl::cli
