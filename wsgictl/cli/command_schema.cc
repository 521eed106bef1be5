// SPDX-License-Identifier: Apache-2.0
// wsgictl schema: the JSON Schema of definitions, for editors.
#include <ostream>

#include "cli/commands.h"
#include "model/schema_print.h"

namespace wsgictl::cli {

void register_schema(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "schema", "Print the JSON Schema of definitions.",
                                "wsgictl schema > wsgictl-1.schema.json");
  // The schema is JSON already; it is the document, whatever the format.
  command.callback([&context] {
    context.streams.out << json_text(model::schema(), 2) << '\n';
    context.exit_code = kDone;
  });
}

}  // namespace wsgictl::cli
