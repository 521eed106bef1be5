// SPDX-License-Identifier: Apache-2.0
// What every command gets: options common to all, the three streams, the diagnostics of this run.
// One per run(), lives on its stack; commands keep a reference for the time of the run only.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "diag/diagnostic.h"
#include "host/layout.h"
#include "json/json.h"
#include "model/app.h"

namespace wsgictl::cli {

struct Streams {
  std::istream& in;
  std::ostream& out;  // the answer
  std::ostream& err;  // progress, warnings, errors
  bool in_terminal = false, out_terminal = false, err_terminal = false;
};

// The last three are forms of diagnostics alone, of commands whose answer they are.
enum class Format { text, json, sarif, github, junit };
enum class Color { automatic, always, never };

struct Options {
  std::vector<std::string> files;      // -f: files, folders, "-"
  std::vector<std::string> arguments;  // the same without -f, where a command takes them
  std::string stdin_name = "<stdin>";  // of "-"
  Format format = Format::text;
  Color color = Color::automatic;
  bool quiet = false;
  int verbose = 0;
  bool no_input = false;
  std::string root = "/";  // act on the system below
  std::string target;      // "" = as detected below root
};

struct Context {
  Streams& streams;
  Options options;
  diag::Diagnostics diagnostics;
  int exit_code = kDone;  // set by the command that ran
};

// Loads options.files and arguments; without any, /etc/wsgictl/wsgictl.yaml and /etc/wsgictl/apps.d
// below the root.
std::optional<model::Definition> load_definition(Context& context);

// The layout of --target, else the one detected below --root; a diagnostic if there is none.
std::optional<host::Layout> resolve_layout(Context& context);

// Ends a command: prints diagnostics (text: stderr; json: the one document on stdout, with the
// members of ANSWER added to it), stores and returns CODE.
int report(Context& context, const char* command, int code, const Json& answer = nullptr);

// Wrong use of the command line, found by a command itself: report it with code kUsage.
void add_usage_error(Context& context, std::string message, std::string hint);

// Whether to colour: --color, NO_COLOR, TERM and the terminal, in this order.
bool use_color(const Context& context, bool terminal);

// The code of a command that stops because diagnostics has errors: 8 if a file could not be read
// for lack of permission, else 1.
int failure_code(const Context& context);

}  // namespace wsgictl::cli
