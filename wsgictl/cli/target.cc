// SPDX-License-Identifier: Apache-2.0
// --instance and its file; see target.h.
#include "cli/target.h"

#include <utility>

#include "diag/codes.h"
#include "json/json.h"
#include "sys/files.h"

namespace wsgictl::cli {
namespace {

struct Member {
  const char* name;
  std::string host::Layout::*field;
};

constexpr Member kMembers[] = {
    {"httpd", &host::Layout::httpd},           {"server_root", &host::Layout::server_root},
    {"sites_dir", &host::Layout::sites_dir},   {"sites_enabled", &host::Layout::sites_enabled},
    {"module_dir", &host::Layout::module_dir}, {"log_dir", &host::Layout::log_dir},
    {"run_dir", &host::Layout::run_dir},       {"user", &host::Layout::user},
    {"group", &host::Layout::group},           {"state_dir", &host::Layout::state_dir},
};

void refuse(Context& context, const std::string& file, const std::string& why) {
  context.diagnostics.add(diag::make("WCTL3004", {}, "instance " + file + ": " + why,
                                     "see: wsgictl apply --help, option --instance"));
}

// The words of an array of texts; nothing if it is something else.
std::optional<std::vector<std::string>> words(const Json& json) {
  if (!json.is_array() || json.empty()) return std::nullopt;
  std::vector<std::string> result;
  for (const auto& word : json) {
    if (!word.is_string()) return std::nullopt;
    result.push_back(word.get<std::string>());
  }
  return result;
}

bool take_member(const std::string& name, const Json& value, Target& target, std::string& config) {
  if (name == "control") {
    auto command = words(value);
    if (command) target.instance.command = std::move(*command);
    return command.has_value();
  }
  if (!value.is_string()) return false;
  if (name == "config") {
    config = value.get<std::string>();
    return true;
  }
  for (const Member& member : kMembers) {
    if (name != member.name) continue;
    target.layout.*member.field = value.get<std::string>();
    return true;
  }
  return false;
}

}  // namespace

void add_instance_option(Command& command, std::string& file) {
  command.option("--instance", file,
                 "Act on the Apache described by this JSON file, not on the system's: its httpd "
                 "and config (or control), sites_dir, state_dir and other folders");
}

std::optional<Target> resolve_target(Context& context, const std::string& instance_file) {
  auto layout = resolve_layout(context);
  if (!layout) return std::nullopt;
  Target target;
  target.layout = std::move(*layout);
  if (instance_file.empty()) {
    target.instance = host::system_instance(target.layout, context.options.root);
    return target;
  }
  target.is_private = true;
  const auto text = sys::real_files().read(instance_file);
  if (!text) {
    refuse(context, instance_file, text.error().text);
    return std::nullopt;
  }
  const auto json = parse_json(*text);
  if (!json.is_object()) {
    refuse(context, instance_file, "not a JSON object");
    return std::nullopt;
  }
  std::string config;
  for (const auto& [name, value] : json.items()) {
    if (take_member(name, value, target, config)) continue;
    refuse(context, instance_file, "member " + name + " is not known, or not of the right type");
    return std::nullopt;
  }
  if (target.instance.command.empty() && config.empty()) {
    refuse(context, instance_file, "names neither config nor control");
    return std::nullopt;
  }
  if (target.instance.command.empty())
    target.instance = host::private_instance(target.layout.httpd, config);
  return target;
}

plan::Store open_store(const Context& context, const Target& target) {
  return {sys::real_files(), sys::below(context.options.root, target.layout.state_dir)};
}

}  // namespace wsgictl::cli
