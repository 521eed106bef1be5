// SPDX-License-Identifier: Apache-2.0
// Which configuration is meant, and reading it; see apache_source.h.
#include "cli/apache_source.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "apache_conf/files.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "sys/files.h"
#include "sys/process.h"

namespace wsgictl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kDumpDeadline{60};
constexpr const char* kUsual[] = {
    "alias", "auth_basic", "authz_core", "deflate",    "dir",     "env",      "expires", "headers",
    "http2", "mime",       "proxy",      "proxy_http", "rewrite", "setenvif", "ssl",     "wsgi"};

// The file that Apache starts with in FOLDER; "" if there is none.
std::string main_file(const fs::path& folder) {
  std::error_code error;
  for (const char* name : {"apache2.conf", "conf/httpd.conf", "httpd.conf"})
    if (fs::is_regular_file(folder / name, error)) return (folder / name).string();
  return "";
}

}  // namespace

std::string apache_file(Context& context, const std::string& wanted) {
  std::error_code error;
  std::string found;
  const std::string root = context.options.root == "/" ? "" : context.options.root;
  if (wanted.empty()) {
    const auto layout = resolve_layout(context);
    if (!layout) return "";
    found = main_file(root + layout->server_root);
    if (!found.empty()) found.erase(0, root.size());
  } else {
    const fs::path path = fs::absolute(wanted, error).lexically_normal();
    found = fs::is_directory(root + path.string(), error) ? main_file(root + path.string())
                                                          : root + path.string();
    if (fs::is_regular_file(found, error))
      found.erase(0, root.size());
    else
      found.clear();
  }
  if (found.empty())
    context.diagnostics.add(diag::make(
        "WCTL1001", {},
        wanted.empty() ? "no configuration of Apache was found"
                       : fmt::format("no configuration of Apache at {}", diag::quote(wanted)),
        "name the file that Apache starts with, such as /etc/apache2/apache2.conf"));
  return found;
}

apache_conf::Configuration read_apache(const Context& context, const std::string& file) {
  apache_conf::Settings settings;
  settings.root = context.options.root;
  const fs::path folder = fs::path(file).parent_path();
  for (const fs::path& where : {folder, folder.parent_path()})
    if (const auto envvars =
            apache_conf::read_whole(sys::below(context.options.root, (where / "envvars").string()));
        envvars && settings.environment.empty())
      settings.environment = apache_conf::read_envvars(*envvars);
  auto found = apache_conf::read_configuration(file, settings);
  const std::size_t built_in = settings.modules.size();
  if (found.modules.size() > built_in) return found;
  // A part of a configuration: what loads the modules is elsewhere, and conditions must not drop
  // what is there because of it.
  for (const char* name : kUsual) settings.modules.emplace_back(name);
  return apache_conf::read_configuration(file, settings);
}

namespace {

// The places in a dump have files; their texts are for excerpts.
void add_sources(const Context& context, const std::vector<apache_conf::Node>& nodes,
                 apache_conf::Configuration& configuration) {
  for (const apache_conf::Node& node : nodes) {
    if (!configuration.sources.contains(node.place.file))
      configuration.sources[node.place.file] =
          apache_conf::read_whole(sys::below(context.options.root, node.place.file)).value_or("");
    add_sources(context, node.children, configuration);
  }
}

}  // namespace

apache_conf::Configuration read_apache_dump(const Context& context, const std::string& dump) {
  auto configuration = apache_conf::read_dump(dump);
  add_sources(context, configuration.nodes, configuration);
  return configuration;
}

std::optional<std::string> dump_of_server(Context& context, const Target& target) {
  std::vector<std::string> command = target.instance.command;
  // mod_info prints the dump; it is loaded for this run alone.
  for (const std::string& word :
       {std::string("-C"),
        fmt::format("LoadModule info_module \"{}/mod_info.so\"", target.layout.module_dir),
        std::string("-t"), std::string("-D"), std::string("DUMP_CONFIG")})
    command.push_back(word);
  const auto result = sys::run_process(command, kDumpDeadline);
  if (result && result->good() && result->output.find("# In file: ") != std::string::npos)
    return result->output;
  const std::string said =
      !result ? result.error().text : result->errors.substr(0, result->errors.find('\n'));
  context.diagnostics.add(diag::make(
      "WCTL1001", {},
      fmt::format("{} did not say its configuration: {}", command.front(), diag::quote(said)),
      "see that it passes its own test (-t) and that mod_info is installed, or name its file"));
  return std::nullopt;
}

}  // namespace wsgictl::cli
