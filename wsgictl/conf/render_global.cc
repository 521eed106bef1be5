// SPDX-License-Identifier: Apache-2.0
// The file that all sites share: switches, listeners, daemon groups. See render_internal.h.
#include <fmt/format.h>

#include <set>

#include "conf/render_internal.h"
#include "model/keys.h"

namespace wsgictl::conf {
namespace {

constexpr std::string_view kDaemonDirective = "WSGIDaemonProcess ";

// Rendered without being asked for, since the module's own default is another one.
bool our_default(std::string_view key) {
  return key == "display_name" || key == "lang" || key == "locale";
}

// "request-timeout" of "WSGIDaemonProcess request-timeout="
std::string option_name(const model::Key& key) {
  return std::string(key.directive.substr(kDaemonDirective.size(),
                                          key.directive.size() - kDaemonDirective.size() - 1));
}

Argument option(const model::Key& key, const model::Parsed& parsed) {
  switch (key.type) {
    case model::Type::integer:
    case model::Type::duration:
    case model::Type::size:
      return word(option_name(key), std::to_string(parsed.number));
    case model::Type::boolean:
      return word(option_name(key), parsed.flag ? "On" : "Off");
    default:
      return value(option_name(key), parsed.text, parsed.mark);
  }
}

void add_python(std::vector<Argument>& args, const model::Python& python) {
  if (python.home.given) args.push_back(value("python-home", python.home.value, python.home.mark));
  if (!python.path.empty()) {
    std::string joined;
    for (const model::Text& path : python.path) joined += (joined.empty() ? "" : ":") + path.value;
    args.push_back(value("python-path", joined, python.path.front().mark));
  }
  if (python.version.given)
    args.push_back(value("python", python.version.value, python.version.mark));
}

// Where the processes work when the definition does not say: beside the code. The user's own home,
// which the module would take, does not exist for most system users.
model::Text working_folder(const model::App& app) {
  if (!app.python.path.empty()) return app.python.path.front();
  model::Text folder = app.script;
  folder.value = folder.value.substr(0, folder.value.rfind('/'));
  return folder;
}

void add_daemon_group(Block& out, const model::App& app, const host::Layout& layout) {
  out.from(app.name.mark);
  out.blank();
  out.comment(fmt::format("{}: application {}", place(app.name.mark), app.name.value));
  std::vector<Argument> args{value(app.name)};
  for (const model::Key* key : model::children("apps.*.daemon")) {
    const model::Parsed parsed = key->load(&app.daemon);
    const std::string_view name = model::last_word(key->path);
    if (parsed.given || our_default(name)) {
      args.push_back(option(*key, parsed));
    } else if (name == "group" && app.daemon.user.given && app.daemon.user.value[0] != '#') {
      // Not Apache's group: applications that share a group can read each other's files.
      args.push_back(value("group", app.daemon.user.value, app.daemon.user.mark));
    } else if (name == "home") {
      if (auto folder = working_folder(app); !folder.value.empty()) {
        args.push_back(value("home", folder.value, folder.mark));
      }
    }
  }
  add_python(args, app.python);
  std::string files;
  if (!app.env.empty()) files = environment_path(layout, app);
  if (app.env_file.given) files += (files.empty() ? "" : ",") + app.env_file.value;
  if (!files.empty()) args.push_back(value("environment-file", files, app.mark));
  out.directive("WSGIDaemonProcess", std::move(args));
}

// 80 and 443 are the distribution's (ports.conf, ssl.conf): a second Listen stops the server.
void add_listeners(Block& out, const model::Definition& definition) {
  std::set<std::string> seen;
  for (const model::Site& site : definition.sites) {
    for (const model::Endpoint& endpoint : model::endpoints(site)) {
      if (endpoint.port == 80 || endpoint.port == 443 || !seen.insert(endpoint.spec()).second)
        continue;
      out.from(endpoint.mark);
      if (seen.size() == 1) out.blank();
      out.directive("Listen", {word(endpoint.address == "*" ? std::to_string(endpoint.port)
                                                            : endpoint.spec())});
    }
  }
}

}  // namespace

Block global_block(const model::Definition& definition, const host::Layout& layout) {
  Block out(definition.version.mark);
  out.comment("Python runs in daemon processes only: no interpreter is loaded into Apache's own.");
  out.directive("WSGIRestrictEmbedded", {word("On")});
  add_listeners(out, definition);
  for (const model::App& app : definition.apps) add_daemon_group(out, app, layout);
  return out;
}

}  // namespace wsgictl::conf
