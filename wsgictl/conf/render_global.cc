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
    case model::Type::milliseconds:
      return word(option_name(key), option_name(key) == "response-flush-delay"
                                        ? std::to_string(parsed.number)
                                        : decimal_seconds(parsed.number));
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

// No application has a colon in its name.
std::string worker_group(const model::App& app, const model::Worker& worker) {
  return app.name.value + ":" + worker.name.value;
}

// Where the processes work when the definition does not say: beside the code. The user's own home,
// which the module would take, does not exist for most system users.
model::Text working_folder(const model::App& app) {
  if (!app.python.path.empty()) return app.python.path.front();
  model::Text folder = app.script;
  folder.value = folder.value.substr(0, folder.value.rfind('/'));
  return folder;
}

// Not for a process without requests.
bool for_requests_only(std::string_view name) {
  return name == "processes" || name == "threads" || name == "listen_backlog" ||
         name == "maximum_requests" || name == "inactivity_timeout" || name == "overlap" ||
         name.ends_with("_timeout") || name.ends_with("_buffer_size") ||
         name.starts_with("response_") || name.starts_with("script_");
}

// What an application and its background processes have in common; all options if WORKER is null.
std::vector<Argument> group_arguments(const model::App& app, const model::Worker* worker,
                                      const host::Layout& layout) {
  std::vector<Argument> args;
  if (worker == nullptr) {
    args.push_back(value(app.name));
  } else {
    args.push_back(value(worker_group(app, *worker), worker->name.mark));
    args.push_back(word("processes", std::to_string(worker->processes.value)));
    args.push_back(word("threads", "0"));
  }
  for (const model::Key* key : model::children("apps.*.daemon")) {
    const model::Parsed parsed = key->load(&app.daemon);
    const std::string_view name = model::last_word(key->path);
    if (worker != nullptr && for_requests_only(name)) continue;
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
  return args;
}

void add_daemon_group(Block& out, const model::App& app, const host::Layout& layout) {
  out.from(app.name.mark);
  out.blank();
  out.comment(fmt::format("{}: application {}", place(app.name.mark), app.name.value));
  out.directive("WSGIDaemonProcess", group_arguments(app, nullptr, layout));
  if (!app.interpreter.empty()) {
    Block inner(app.name.mark);
    add_settings(inner, app.interpreter);
    out.section("WSGIInterpreterOptions", {value("process-group", app.name.value, app.name.mark)},
                std::move(inner));
  }
  for (const model::Worker& worker : app.workers) {
    const std::string group = worker_group(app, worker);
    out.from(worker.name.mark);
    out.comment(fmt::format("{}: background process {}", place(worker.name.mark), group));
    out.directive("WSGIDaemonProcess", group_arguments(app, &worker, layout));
    out.directive("WSGIImportScript",
                  {value(worker.script), value("process-group", group, worker.name.mark),
                   word("application-group", "%{GLOBAL}")});
  }
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

// These run where Apache decides about access: in its own processes, whatever is restricted.
bool has_scripts_of_access(const model::Definition& definition) {
  for (const model::Site& site : definition.sites)
    for (const model::Route& route : site.routes)
      if (route.has_access && (route.access.password_script.given ||
                               route.access.groups_script.given || route.access.host_script.given))
        return true;
  return false;
}

}  // namespace

Block global_block(const model::Definition& definition, const host::Layout& layout) {
  Block out(definition.version.mark);
  const model::Server& server = definition.server;
  if (server.restrict_embedded.given && !server.restrict_embedded.value) {
    out.directive("WSGIRestrictEmbedded", {word("Off")});
  } else {
    out.comment(
        has_scripts_of_access(definition)
            ? "Applications run in daemon processes only; access scripts run in Apache's own."
            : "Python runs in daemon processes only: no interpreter is loaded into Apache's own.");
    out.directive("WSGIRestrictEmbedded", {word("On")});
  }
  add_settings(out, server.settings);
  add_extra(out, server.extra_directives);
  add_listeners(out, definition);
  for (const model::App& app : definition.apps)
    if (!app.is_instance()) add_daemon_group(out, app, layout);
  return out;
}

}  // namespace wsgictl::conf
