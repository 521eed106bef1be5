// SPDX-License-Identifier: Apache-2.0
// wsgictl init: a definition for the project in a folder. The text is decoded and checked before it
// is written, so what init writes is valid; existing files are left alone unless --force is given.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "check/rules.h"
#include "cli/commands.h"
#include "cli/new_file.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "json/json.h"
#include "model/load.h"
#include "project/definition_text.h"
#include "project/folder.h"
#include "project/project.h"

namespace wsgictl::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string folder = ".";
  std::string output;
  project::Names names;
  bool force = false;
};

struct NewFile {
  std::string path;
  std::string text;
};

bool usable(Context& context, const InitOptions& o) {
  if (!project::is_folder(o.folder)) {
    add_usage_error(context, fmt::format("{} is no folder", diag::quote(o.folder)),
                    "name the folder of the project");
    return false;
  }
  if (!o.names.at.empty() && (o.names.at[0] != '/' || o.names.at.ends_with('/'))) {
    add_usage_error(context, fmt::format("--at {} is no absolute path", diag::quote(o.names.at)),
                    "write it as it will be on the server, such as /srv/shop");
    return false;
  }
  return true;
}

// What is to be written: the definition, and the script if the project has none.
std::vector<NewFile> files_for(const project::Project& found, const InitOptions& o,
                               const std::string& text) {
  std::vector<NewFile> files;
  files.push_back({o.output.empty() ? found.folder + "/wsgictl.yaml" : o.output, text});
  if (!found.new_script.empty()) files.push_back({found.script, found.new_script});
  return files;
}

void tell(std::ostream& out, const project::Project& found) {
  out << fmt::format("{}: {}\n", found.folder, project::name(found.framework));
  for (const project::Guess& guess : found.guesses)
    out << "  " << guess.what << "\n    because " << guess.why << '\n';
  for (const std::string& advice : found.advice) out << "  to do: " << advice << '\n';
}

Json as_json(const project::Project& found, const std::vector<NewFile>& files, bool written) {
  Json guesses = Json::array();
  for (const project::Guess& guess : found.guesses)
    guesses.push_back({{"what", guess.what}, {"why", guess.why}});
  Json list = Json::array();
  for (const NewFile& file : files)
    list.push_back({{"path", file.path}, {"content", file.text}, {"written", written}});
  return {{"framework", project::name(found.framework)},
          {"guesses", guesses},
          {"advice", found.advice},
          {"files", list}};
}

void init(Context& context, InitOptions o) {
  if (!usable(context, o)) {
    report(context, "init", kUsage);
    return;
  }
  std::string folder = fs::absolute(o.folder).lexically_normal().string();
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (o.names.app.empty())
    o.names.app = project::app_name(o.names.at.empty() ? folder : o.names.at);
  const project::Project found = project::recognise(folder, o.names.app);
  const std::string text = project::definition_text(found, o.names);
  const std::vector<NewFile> files = files_for(found, o, text);
  const auto definition =
      found.framework == project::Framework::unknown
          ? std::nullopt
          : model::load_sources({{files.front().path, text}}, context.diagnostics);
  const bool valid = definition.has_value();
  // The project is where it will be: its environment and folders are what preflight will find.
  if (valid && o.names.at.empty())
    check::check_places(*definition, *check::real_world(context.options.root), context.diagnostics);
  if (found.framework == project::Framework::unknown)
    context.diagnostics.add(
        diag::make("WCTL0004", {}, fmt::format("no WSGI application in {}", diag::quote(folder)),
                   "name the folder that holds manage.py, the .wsgi file or "
                   "the module with the application"));
  const bool to_output = o.output == "-";
  bool good = valid;
  if (valid && !to_output) {
    // The last one first: a definition must not name a script that could not be written.
    for (auto file = files.rbegin(); good && file != files.rend(); ++file)
      good = write_new_file(context, file->path, file->text, 0644, o.force);
  }
  if (context.options.format == Format::text && valid) {
    if (!context.options.quiet) tell(context.streams.err, found);
    if (to_output) context.streams.out << text;
    if (good && !to_output)
      for (const NewFile& file : files) context.streams.out << file.path << '\n';
  }
  report(context, "init", good ? static_cast<int>(kDone) : failure_code(context),
         as_json(found, files, good && !to_output));
}

}  // namespace

void register_init(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "init", "Write a definition for the project in a folder.",
                  "wsgictl init /srv/shop --server-name shop.example.com");
  auto o = std::make_shared<InitOptions>();
  command.option("folder", o->folder, "The project; the current folder without it",
                 {.type = "DIR"});
  command.option("-o,--output", o->output, "Write here instead of DIR/wsgictl.yaml; - prints",
                 {.type = "PATH"});
  command.option("--name", o->names.app, "Name of the application", {.type = "NAME"});
  command.option("--server-name", o->names.server, "Name of the site", {.type = "NAME"});
  command.option("--user", o->names.user, "Account of the daemon processes", {.type = "NAME"});
  command.option("--at", o->names.at, "Where the project will be on the server", {.type = "DIR"});
  command.flag("--force", o->force, "Overwrite existing files");
  command.callback([&context, o] { init(context, *o); });
}

}  // namespace wsgictl::cli
