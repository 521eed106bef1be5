// SPDX-License-Identifier: Apache-2.0
// wsgictl import: a definition from an existing Apache configuration, and what it could not carry.
// Reads files below --root; runs the server's program only with --server, and writes only with -o.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <istream>
#include <iterator>
#include <memory>
#include <ostream>

#include "apache_conf/files.h"
#include "cli/apache_source.h"
#include "cli/commands.h"
#include "cli/new_file.h"
#include "diag/codes.h"
#include "import/import.h"
#include "import/yaml_text.h"
#include "json/json.h"
#include "model/load.h"
#include "sys/files.h"

namespace wsgictl::cli {
namespace {

namespace fs = std::filesystem;

struct ImportOptions {
  std::vector<std::string> paths;
  std::string output, dump, instance;
  bool server = false, all = false, force = false;
};

// What is asked about files is answered below the root.
importing::HostFiles host_files(const Context& context) {
  const std::string root = context.options.root;
  return {
      [root](const std::string& path) { return apache_conf::read_whole(sys::below(root, path)); },
      [root](const std::string& path) {
        std::error_code error;
        return fs::is_regular_file(sys::below(root, path), error);
      }};
}

void add(apache_conf::Configuration part, apache_conf::Configuration& whole) {
  std::move(part.nodes.begin(), part.nodes.end(), std::back_inserter(whole.nodes));
  std::move(part.problems.begin(), part.problems.end(), std::back_inserter(whole.problems));
  std::move(part.skipped.begin(), part.skipped.end(), std::back_inserter(whole.skipped));
  whole.sources.merge(part.sources);
  if (whole.server_root.empty()) whole.server_root = part.server_root;
}

// A folder without a file that Apache starts with: all that is in it.
std::vector<std::string> parts_in(const Context& context, const std::string& path) {
  std::error_code error;
  const std::string full = fs::absolute(path, error).lexically_normal().string();
  if (!fs::is_directory(sys::below(context.options.root, full), error)) return {};
  for (const char* name : {"apache2.conf", "conf/httpd.conf", "httpd.conf"})
    if (fs::exists(sys::below(context.options.root, full + "/" + name), error)) return {};
  return apache_conf::included_files(context.options.root, (fs::path(full) / "*.conf").string());
}

std::optional<apache_conf::Configuration> read_files(Context& context, const ImportOptions& o) {
  std::vector<std::string> paths = o.paths;
  if (paths.empty()) paths.emplace_back();
  apache_conf::Configuration out;
  for (const std::string& path : paths) {
    std::vector<std::string> files;
    if (!path.empty()) files = parts_in(context, path);
    if (files.empty()) files.push_back(apache_file(context, path));
    for (const std::string& file : files) {
      if (file.empty()) return std::nullopt;
      add(read_apache(context, file), out);
    }
  }
  return out;
}

std::optional<apache_conf::Configuration> read_dump(Context& context, const ImportOptions& o,
                                                    const Target& target) {
  std::optional<std::string> dump;
  if (o.server) {
    dump = dump_of_server(context, target);
  } else if (o.dump == "-") {
    dump.emplace(std::istreambuf_iterator<char>(context.streams.in),
                 std::istreambuf_iterator<char>());
  } else {
    dump = apache_conf::read_whole(o.dump);
    if (!dump)
      context.diagnostics.add(
          diag::make("WCTL1001", {}, fmt::format("cannot read {}", o.dump), "name another file"));
  }
  if (!dump) return std::nullopt;
  auto configuration = read_apache_dump(context, *dump);
  configuration.server_root = target.layout.server_root;
  return configuration;
}

std::size_t count(const Context& context, std::string_view code) {
  const auto& items = context.diagnostics.items();
  return static_cast<std::size_t>(std::count_if(
      items.begin(), items.end(), [&](const diag::Diagnostic& d) { return d.code == code; }));
}

void tell(Context& context, const importing::Imported& imported, const std::string& output) {
  std::ostream& err = context.streams.err;
  err << fmt::format("{} applications, {} sites; {} directives as they are, {} not carried\n",
                     imported.definition.contains("apps") ? imported.definition["apps"].size() : 0,
                     imported.definition["sites"].size(), count(context, "WCTL2502"),
                     count(context, "WCTL2501"));
  for (const std::string& file : imported.replaces)
    err << fmt::format("  to do: what it takes from {} must go there before you apply it\n", file);
  if (!output.empty()) err << fmt::format("  to do: wsgictl plan -f {}\n", output);
}

void import(Context& context, const ImportOptions& o) {
  const auto target = resolve_target(context, o.instance);
  const bool by_dump = o.server || !o.dump.empty();
  const auto configuration = !target   ? std::nullopt
                             : by_dump ? read_dump(context, o, *target)
                                       : read_files(context, o);
  auto imported = configuration ? importing::import_configuration(*configuration, target->layout,
                                                                  host_files(context), o.all,
                                                                  context.diagnostics)
                                : std::nullopt;
  if (!imported) {
    report(context, "import", failure_code(context));
    return;
  }
  const bool to_file = !o.output.empty() && o.output != "-";
  const std::string text = importing::yaml_text(imported->definition, to_file);
  const std::string shown = importing::yaml_text(imported->definition, false);
  if (imported->has_secrets && !to_file)
    context.diagnostics.add(diag::make("WCTL2507", {}, "values of variables are not shown",
                                       "write the definition to a file with -o"));
  // It is written even if something is wrong with it: that is what has to be mended by hand.
  bool good = model::load_sources({{to_file ? o.output : "<import>", text}}, context.diagnostics)
                  .has_value();
  const int mode = imported->has_secrets ? 0600 : 0644;
  const bool written = to_file && write_new_file(context, o.output, text, mode, o.force);
  good = good && (written || !to_file);
  if (context.options.format == Format::text) {
    if (!context.options.quiet) tell(context, *imported, written ? o.output : "");
    if (to_file && written) context.streams.out << o.output << '\n';
    if (!to_file) context.streams.out << text;
  }
  report(context, "import", good ? +kDone : +kNo,
         {{"definition", shown},
          {"output", written ? Json(o.output) : Json()},
          {"replaces", imported->replaces},
          {"as_it_is", count(context, "WCTL2502")},
          {"not_carried", count(context, "WCTL2501")}});
}

}  // namespace

void register_import(CLI::App& app, Context& context) {
  Command command = add_command(app, context, "import",
                                "Write a definition from an existing Apache configuration.",
                                "wsgictl import /etc/apache2/apache2.conf -o wsgictl.yaml");
  auto o = std::make_shared<ImportOptions>();
  command.option("path", o->paths,
                 "File that Apache starts with, its folder, or parts of the configuration; without "
                 "any, the distribution's",
                 {.type = "PATH"});
  command.option("--dump", o->dump,
                 "Read what such a server printed from this file; - is standard input",
                 {.type = "PATH", .not_with = {"path"}});
  command.flag("--server", o->server,
               "Ask the installed server for its configuration instead of reading files "
               "(-t -D DUMP_CONFIG)",
               {"path", "--dump"});
  command.option("-o,--output", o->output, "Write here instead of to standard output",
                 {.type = "PATH"});
  command.flag("--force", o->force, "Overwrite an existing file");
  command.flag("--all", o->all, "Import virtual hosts without anything of WSGI too");
  add_instance_option(command, o->instance);
  command.callback([&context, o] { import(context, *o); });
}

}  // namespace wsgictl::cli
