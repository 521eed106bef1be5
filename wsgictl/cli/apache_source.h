// SPDX-License-Identifier: Apache-2.0
// The Apache configuration that a command is about: a file that Apache starts with, a part of it,
// or what the server's own program says. Reads files below --root; only dump_of_server() runs
// anything.
#pragma once

#include <optional>
#include <string>

#include "apache_conf/reader.h"
#include "cli/context.h"
#include "cli/target.h"

namespace wsgictl::cli {

// WANTED (a file or Apache's folder; "" = the distribution's) as the path below the root of the
// file to start with; "" and a diagnostic if it cannot be told.
std::string apache_file(Context& context, const std::string& wanted);

// The configuration that starts with FILE. If nothing in it loads a module, the usual ones are
// taken to be there.
apache_conf::Configuration read_apache(const Context& context, const std::string& file);

// The text of `-t -D DUMP_CONFIG`, with the texts of the files it names.
apache_conf::Configuration read_apache_dump(const Context& context, const std::string& dump);

// What the program of TARGET prints for it; nothing and a diagnostic if it fails.
std::optional<std::string> dump_of_server(Context& context, const Target& target);

}  // namespace wsgictl::cli
