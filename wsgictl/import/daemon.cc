// SPDX-License-Identifier: Apache-2.0
// WSGIDaemonProcess backwards; see daemon.h.
#include "import/daemon.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/daemon_options.h"
#include "model/keys.h"

namespace wsgictl::importing {
namespace {

constexpr std::string_view kDirective = "WSGIDaemonProcess ";

std::string option_name(const model::Key& key) {
  return std::string(
      key.directive.substr(kDirective.size(), key.directive.size() - kDirective.size() - 1));
}

// An option without a key: one that the module takes and has no use for, or none at all.
std::string why_not(std::string_view name) {
  for (const auto& option : wsgi::config::daemon_option_table())
    if (option.name == name) return fmt::format("it has no effect: {}", option.remark);
  return "the module has no such option";
}

void add_python(Work& work, const Group& group, Json& out) {
  const auto given = [&](const char* name) { return apache_check::option(group.options, name); };
  const Node& node = *group.at.node;
  Json python = Json::object();
  if (const std::string home = without_slash(given("python-home")); !home.empty()) {
    if (fits(model::Type::path, home))
      python["home"] = home;
    else
      work.ledger.word_left_out(node, "python-home", "it is no plain absolute path");
  }
  for (const std::string& folder : split(given("python-path"), ':')) {
    if (fits(model::Type::list_path, without_slash(folder)))
      python["path"].push_back(without_slash(folder));
    else
      work.ledger.word_left_out(node, folder, "it is no plain absolute path");
  }
  if (const std::string version = given("python"); !version.empty()) {
    if (fits(model::Type::python_version, version))
      python["version"] = version;
    else
      work.ledger.word_left_out(node, "python", "a definition names a version");
  }
  if (!python.empty()) out["python"] = std::move(python);
}

// The working folder that render would choose.
std::string default_home(const Json& out, const std::string& script) {
  if (out.contains("python") && out["python"].contains("path"))
    return out["python"]["path"].front().get<std::string>();
  return script.substr(0, script.rfind('/') == std::string::npos ? 0 : script.rfind('/'));
}

bool known_elsewhere(const std::string& name) {
  return name == "python-home" || name == "python-path" || name == "python" ||
         name == "environment-file";
}

}  // namespace

void add_daemon(Work& work, const Group& group, const std::string& script, Json& out) {
  add_python(work, group, out);
  const Node& node = *group.at.node;
  Json daemon = Json::object();
  auto left = group.options;
  for (const model::Key* key : model::children("apps.*.daemon")) {
    const auto found = left.find(option_name(*key));
    if (found == left.end()) continue;
    const std::string text =
        key->type == model::Type::path ? without_slash(found->second) : found->second;
    const std::string name(model::last_word(key->path));
    const auto value = value_of(*key, text);
    const bool ours = name == "display_name" || name == "lang" || name == "locale";
    const bool as_by_default = (ours && text == key->fallback) ||
                               (name == "group" && text == apache_check::option(left, "user")) ||
                               (name == "home" && text == default_home(out, script));
    if (!value)
      work.ledger.word_left_out(node, found->first,
                                fmt::format("{} is not {}", text, model::expectation(*key)));
    else if (!as_by_default)
      daemon[name] = *value;
  }
  for (const model::Key* key : model::children("apps.*.daemon")) left.erase(option_name(*key));
  for (const auto& [name, text] : left)
    if (!known_elsewhere(name)) work.ledger.word_left_out(node, name, why_not(name));
  if (!daemon.empty()) out["daemon"] = std::move(daemon);
  work.ledger.take(node);
}

void say_new_defaults(Work& work, const Group& group, const std::string& script) {
  std::vector<std::string> missing;
  const auto& given = group.options;
  if (given.contains("user") && !given.contains("group")) missing.emplace_back("group");
  // Without a path or a script of its own an application gets none.
  const bool generated = script.starts_with(work.layout.state_dir + "/apps/");
  if (!given.contains("home") && (!generated || given.contains("python-path")))
    missing.emplace_back("home");
  for (const char* name : {"display-name", "lang", "locale"})
    if (!given.contains(name)) missing.emplace_back(name);
  if (missing.empty()) return;
  work.ledger.changed(
      *group.at.node, "",
      fmt::format("group \"{}\" does not say {}: the definition's own defaults hold", group.name,
                  fmt::join(missing, ", ")),
      "see them: wsgictl explain apps.daemon");
}

}  // namespace wsgictl::importing
