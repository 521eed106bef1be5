// SPDX-License-Identifier: Apache-2.0
// wsgictl render: Apache's files for a definition, to standard output or below a folder. Values of
// variables are not shown on standard output; below a folder files have their own modes.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "conf/render.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "json/json.h"
#include "model/load.h"
#include "sys/files.h"

namespace wsgictl::cli {
namespace {

using Files = std::vector<conf::RenderedFile>;

Json as_json(const Files& files) {
  Json list = Json::array();
  for (const conf::RenderedFile& file : files) {
    if (file.link) {
      list.push_back({{"path", file.path}, {"link", file.content}});
    } else {
      list.push_back({{"path", file.path},
                      {"mode", fmt::format("{:04o}", file.mode)},
                      {"sensitive", conf::is_sensitive(file)},
                      {"content", conf::printable_content(file)}});
    }
  }
  return {{"files", list}};
}

void show(std::ostream& out, const Files& files) {
  const char* before = "";
  for (const conf::RenderedFile& file : files) {
    out << before << "## " << file.path;
    if (file.link) {
      out << " -> " << file.content << '\n';
    } else {
      out << fmt::format(" {:04o}\n", file.mode) << conf::printable_content(file);
    }
    before = "\n";
  }
}

wsgi::Status write_one(const conf::RenderedFile& file, const std::string& path) {
  sys::Files& disk = sys::real_files();
  if (auto made = disk.make_folder(std::filesystem::path(path).parent_path().string(), 0755); !made)
    return made;
  return file.link ? disk.write_link(path, file.content)
                   : disk.write(path, file.content, file.mode);
}

bool write(Context& context, const Files& files, const std::string& folder) {
  const std::string base = std::filesystem::absolute(folder).lexically_normal().string();
  // The folder itself may lie in one that others can write to, such as /tmp; what is below may not.
  std::error_code ignored;  // writing into it says why
  std::filesystem::create_directories(base, ignored);
  for (const conf::RenderedFile& file : files) {
    const wsgi::Status written = write_one(file, sys::below(base, file.path));
    if (written) continue;
    context.diagnostics.add(
        diag::make("WCTL0003", {}, written.error().text, "choose another folder with -o"));
    return false;
  }
  return true;
}

void render(Context& context, const std::string& folder) {
  const auto definition = load_definition(context);
  const auto layout = definition ? resolve_layout(context) : std::nullopt;
  const auto files =
      layout ? conf::render(*definition, *layout, context.diagnostics) : std::nullopt;
  if (!files || (!folder.empty() && !write(context, *files, folder))) {
    report(context, "render", failure_code(context));
    return;
  }
  if (folder.empty() && context.options.format == Format::text) show(context.streams.out, *files);
  const bool json = context.options.format == Format::json;
  report(context, "render", kDone, json ? as_json(*files) : Json());
}

}  // namespace

void register_render(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "render", "Print or write Apache's files for a definition.",
                  "wsgictl render blog.yaml --target debian-12 -o out");
  add_file_arguments(command, context);
  auto folder = std::make_shared<std::string>();
  command.option("-o,--output", *folder, "Write the files below this folder", {.type = "DIR"});
  command.callback([&context, folder] { render(context, *folder); });
}

}  // namespace wsgictl::cli
