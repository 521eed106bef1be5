// SPDX-License-Identifier: Apache-2.0
// The one list of commands. A command is a file command_NAME.cc with register_NAME: it adds a
// subcommand, its options and a callback that does the work and ends with report().
#pragma once

#include "cli/command.h"
#include "cli/context.h"

namespace wsgictl::cli {

void register_validate(CLI::App& app, Context& context);
void register_schema(CLI::App& app, Context& context);
void register_explain(CLI::App& app, Context& context);
void register_render(CLI::App& app, Context& context);
void register_preflight(CLI::App& app, Context& context);
void register_plan(CLI::App& app, Context& context);
void register_apply(CLI::App& app, Context& context);
void register_rollback(CLI::App& app, Context& context);
void register_status(CLI::App& app, Context& context);
void register_restart(CLI::App& app, Context& context);
void register_serve(CLI::App& app, Context& context);
void register_route(CLI::App& app, Context& context);
void register_completion(CLI::App& app, Context& context);
void register_fmt(CLI::App& app, Context& context);
void register_check(CLI::App& app, Context& context);
void register_init(CLI::App& app, Context& context);
void register_import(CLI::App& app, Context& context);

using Register = void (*)(CLI::App&, Context&);
inline constexpr Register kCommands[] = {
    register_validate, register_schema, register_explain,    register_render, register_preflight,
    register_plan,     register_apply,  register_rollback,   register_status, register_restart,
    register_serve,    register_route,  register_completion, register_fmt,    register_init,
    register_check,    register_import,
};

// A subcommand with the options that all have (-f, --format, …) and EXAMPLE first in its help.
Command add_command(CLI::App& app, Context& context, const char* name, const char* description,
                    const char* example);

// Lets COMMAND take definitions as plain arguments as well as with -f.
void add_file_arguments(Command& command, Context& context);

}  // namespace wsgictl::cli
