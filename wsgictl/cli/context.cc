// SPDX-License-Identifier: Apache-2.0
// What commands share; see context.h.
#include "cli/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <istream>
#include <ostream>
#include <string_view>

#include "diag/codes.h"
#include "diag/print.h"
#include "diag/reports.h"
#include "diag/text.h"
#include "json/json.h"
#include "model/load.h"

namespace wsgictl::cli {
namespace {

namespace fs = std::filesystem;

// Where a host keeps its definition when nothing is named.
std::vector<std::string> default_files(const std::string& root) {
  const std::string base = (fs::path(root) / "etc/wsgictl").string();
  std::vector<std::string> found;
  std::error_code error;
  if (fs::exists(base + "/wsgictl.yaml", error)) found.push_back(base + "/wsgictl.yaml");
  if (fs::is_directory(base + "/apps.d", error)) found.push_back(base + "/apps.d");
  if (found.empty()) found.push_back(base + "/wsgictl.yaml");
  return found;
}

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

diag::Diagnostics only_errors(const diag::Diagnostics& all) {
  diag::Diagnostics kept;
  for (const auto& d : all.items())
    if (d.severity == diag::Severity::error) kept.add(d);
  for (const auto& [name, text] : all.sources()) kept.add_source(name, text);
  for (const auto& mark : all.sensitive()) kept.add_sensitive(mark);
  return kept;
}

}  // namespace

std::optional<model::Definition> load_definition(Context& context) {
  std::vector<std::string> paths = context.options.files;
  paths.insert(paths.end(), context.options.arguments.begin(), context.options.arguments.end());
  if (paths.empty()) paths = default_files(context.options.root);
  return model::load(paths, context.diagnostics, {&context.streams.in, context.options.stdin_name});
}

std::optional<host::Layout> resolve_layout(Context& context) {
  const Options& o = context.options;
  auto found = o.target.empty() ? host::detect_layout(o.root) : host::layout(o.target);
  if (found) return found;
  context.diagnostics.add(diag::make(
      "WCTL0002", {},
      o.target.empty() ? fmt::format("no known distribution below {}", diag::quote(o.root))
                       : fmt::format("unknown target {}", diag::quote(o.target)),
      "pass --target with a known name such as debian-12 or rhel-9"));
  return std::nullopt;
}

void add_usage_error(Context& context, std::string message, std::string hint) {
  context.diagnostics.add(diag::make("WCTL0001", {}, std::move(message), std::move(hint)));
}

bool use_color(const Context& context, bool terminal) {
  if (context.options.color != Color::automatic) return context.options.color == Color::always;
  const char* term = std::getenv("TERM");
  return terminal && !is_set("NO_COLOR") && !(term != nullptr && std::string_view(term) == "dumb");
}

int failure_code(const Context& context) {
  const auto& items = context.diagnostics.items();
  const auto has = [&](std::string_view code) {
    return std::any_of(items.begin(), items.end(),
                       [&](const diag::Diagnostic& d) { return d.code == code; });
  };
  if (has("WCTL0001") || has("WCTL0002")) return kUsage;
  return has("WCTL1002") ? kNotPermitted : kNo;
}

int report(Context& context, const char* command, int code, const Json& answer) {
  context.exit_code = code;
  const diag::Diagnostics& all = context.diagnostics;
  if (context.options.format == Format::json) {
    Json document = diag::to_json(all, command, code == kDone || code == kChanges);
    if (answer.is_object()) document.update(answer);
    context.streams.out << json_text(document, 2) << '\n';
  } else if (context.options.format == Format::sarif) {
    context.streams.out << json_text(diag::to_sarif(all, WSGICTL_VERSION), 2) << '\n';
  } else if (context.options.format == Format::github) {
    context.streams.out << diag::to_github(all);
  } else if (context.options.format == Format::junit) {
    context.streams.out << diag::to_junit(all, command);
  } else {
    const bool color = use_color(context, context.streams.err_terminal);
    context.streams.err << (context.options.quiet ? diag::to_text(only_errors(all), color)
                                                  : diag::to_text(all, color));
  }
  return code;
}

}  // namespace wsgictl::cli
