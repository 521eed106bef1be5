// SPDX-License-Identifier: Apache-2.0
// Applications from mounts; see apps.h.
#include "import/apps.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/daemon.h"
#include "model/keys.h"
#include "model/text_rules.h"
#include "project/project.h"

namespace wsgictl::importing {
namespace {

constexpr std::string_view kWorkerMark = ":";

// MODULE and CALLABLE of a script that render wrote; nothing of any other.
bool read_module(const std::string& text, std::string& module, std::string& callable) {
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with("from ")) continue;
    const auto words = split(line, ' ');  // from MODULE import NAME [as application]
    if (words.size() < 4 || words[2] != "import") return false;
    module = words[1];
    callable = words[3];
    return fits(model::Type::python_module, module) && fits(model::Type::python_name, callable);
  }
  return false;
}

// One pair of quotes, as the module's reader takes it off; render puts no blanks around it.
std::string unquoted(const std::string& text) {
  const bool quoted = text.size() > 1 && text.front() == text.back() &&
                      (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::string Apps::new_name(const std::string& wanted) {
  const std::string base = model::is_app_name(wanted) ? wanted : project::app_name(wanted);
  std::string name = base;
  for (int number = 2; !names_.insert(name).second; ++number)
    name = fmt::format("{}-{}", base.substr(0, 55), number);
  return name;
}

const App* Apps::of(const Mount& mount) {
  const Node& node = *mount.at.node;
  const Group* group = nullptr;
  if (mount.process_group.starts_with("%{")) {
    work_.ledger.left_out(node, "its process group is chosen by the request",
                          "write a route for each application");
    return nullptr;
  }
  if (!mount.process_group.empty()) group = work_.facts.group(mount.process_group);
  if (!mount.process_group.empty() && group == nullptr) {
    work_.ledger.left_out(node,
                          fmt::format("no WSGIDaemonProcess defines \"{}\"", mount.process_group),
                          "define the group");
    return nullptr;
  }
  std::string callable = apache_check::option(mount.options, "callable-object");
  if (callable.empty())
    if (const auto* used = work_.facts.effective("WSGICallableObject", mount);
        used != nullptr && !used->node->words.empty())
      callable = used->node->words[0];
  if (callable == "application") callable.clear();
  if (!callable.empty() && !fits(model::Type::python_name, callable)) {
    work_.ledger.left_out(node, "its callable is chosen by the request");
    return nullptr;
  }
  for (const App& app : apps_)
    if (app.script == mount.script && app.callable == callable && app.group == group) return &app;
  App app{"", mount.script, callable, group, &mount};
  const std::size_t slash = mount.script.rfind('/');
  app.name = new_name(group != nullptr ? group->name : mount.script.substr(0, slash));
  apps_.push_back(std::move(app));
  say_differences(apps_.back());
  return &apps_.back();
}

void Apps::say_differences(const App& app) {
  const Node& node = *app.first->at.node;
  if (app.group == nullptr) {
    work_.ledger.changed(
        node, "",
        fmt::format("{} ran in Apache's own processes; it gets daemon processes", app.script),
        fmt::format("see processes and threads: wsgictl explain apps.{}.daemon", app.name));
    return;
  }
  if (!used_.insert(app.group).second)
    work_.ledger.changed(
        node, "",
        fmt::format("group \"{}\" ran more than one application; {} gets a group of its own",
                    app.group->name, app.script),
        fmt::format("it is apps.{}: each group has all the processes of the old one", app.name));
  else if (app.name != app.group->name)
    work_.ledger.changed(
        node, "", fmt::format("group \"{}\" is called \"{}\" now", app.group->name, app.name),
        "names have small letters, digits and . _ -");
  if (app.first->application_group != "%{GLOBAL}")
    work_.ledger.changed(
        node, "",
        fmt::format("{} ran in a sub-interpreter; it gets the main one of its process", app.script),
        "this is what extension modules expect; nothing else runs there");
  say_new_defaults(work_, *app.group, app.script);
}

bool Apps::add_script(Json& out, const App& app) {
  const std::string generated = work_.layout.state_dir + "/apps/";
  std::string module, callable;
  const auto text = app.script.starts_with(generated) && work_.host.read
                        ? work_.host.read(app.script)
                        : std::nullopt;
  if (text && read_module(*text, module, callable)) {
    out["module"] = module;
    if (callable != "application") out["callable"] = callable;
    return false;
  }
  out["script"] = app.script;
  if (!app.callable.empty()) out["callable"] = app.callable;
  return true;
}

// FILES of environment-file: the one that render wrote is `env`, the other one env_file.
void Apps::add_environment(Json& out, const App& app, const std::string& files) {
  const Node& node = *app.group->at.node;
  for (const std::string& file : split(files, ',')) {
    if (!file.starts_with(work_.layout.state_dir + "/apps/")) {
      if (out.contains("env_file") || !fits(model::Type::list_path, file))
        work_.ledger.word_left_out(node, file, "a definition has one env_file");
      else
        out["env_file"] = file;
      continue;
    }
    const auto text = work_.host.read ? work_.host.read(file) : std::nullopt;
    if (!text) {
      work_.ledger.word_left_out(node, file, "the file of wsgictl could not be read");
      continue;
    }
    for (const std::string& line : split(*text, '\n')) {
      const std::size_t equals = line.find('=');
      if (line.starts_with('#') || equals == std::string::npos) continue;
      const std::string value = unquoted(line.substr(equals + 1));
      if (!fits(model::Type::variable_name, line.substr(0, equals)) ||
          !fits(model::Type::value, value)) {
        work_.ledger.word_left_out(node, file, "a variable in it is none for a definition");
        continue;
      }
      out["env"][line.substr(0, equals)] = value;
      has_secrets_ = true;
    }
  }
}

// Groups named APP:NAME that serve no requests and run one script, as render writes them.
Json Apps::workers(const App& app) {
  Json out = Json::object();
  for (const Group& group : work_.facts.groups) {
    const std::string prefix = app.group->name + std::string(kWorkerMark);
    if (!group.name.starts_with(prefix) || apache_check::option(group.options, "threads") != "0")
      continue;
    const std::string name = group.name.substr(prefix.size());
    const Node* import = nullptr;
    for (const auto* used : work_.facts.uses("WSGIImportScript"))
      for (const std::string& word : used->node->words)
        if (word == "process-group=" + group.name) import = used->node;
    if (import == nullptr || !model::is_app_name(name) ||
        !fits(model::Type::path, import->words.front()))
      continue;
    Json worker{{"script", import->words.front()}};
    const std::string processes = apache_check::option(group.options, "processes");
    if (const auto* key = model::find_key("apps.*.workers.*.processes"); processes != "1")
      if (const auto number = value_of(*key, processes)) worker["processes"] = *number;
    for (const auto& [option, text] : group.options)
      if (option != "threads" && option != "processes" && app.group->options.contains(option) &&
          app.group->options.at(option) != text)
        work_.ledger.word_left_out(*group.at.node, option, "a worker has what its application has");
    out[name] = std::move(worker);
    used_.insert(&group);
    work_.ledger.take(*group.at.node);
    work_.ledger.take(*import);
  }
  return out;
}

Json Apps::one(const App& app) {
  Json out = Json::object();
  const bool has_script = add_script(out, app);
  if (app.group == nullptr) {
    for (const auto* used : work_.facts.uses("WSGIPythonPath"))
      if (used->vhost == nullptr && used->sections.empty() && !used->node->words.empty())
        for (const std::string& folder : split(used->node->words[0], ':'))
          if (fits(model::Type::list_path, folder)) out["python"]["path"].push_back(folder);
    return out;
  }
  Json rest = Json::object();
  add_environment(rest, app, apache_check::option(app.group->options, "environment-file"));
  Json daemon = Json::object();
  add_daemon(work_, *app.group, has_script ? app.script : "", daemon);
  for (Json* part : {&daemon, &rest})
    for (const char* name : {"python", "env", "env_file"})
      if (part->contains(name)) out[name] = (*part)[name];
  if (daemon.contains("daemon")) out["daemon"] = daemon["daemon"];
  for (const auto* used : work_.facts.uses("WSGIInterpreterOptions")) {
    const Node& node = *used->node;
    if (node.words.size() != 1 || node.words[0] != "process-group=" + app.group->name) continue;
    Json interpreter = Json::object();
    work_.ledger.take(node);
    for (const Node& child : node.children) {
      if (put_setting(interpreter, "apps.*.interpreter", child))
        work_.ledger.take(child);
      else
        work_.ledger.left_out(child, "an interpreter has no such setting");
    }
    if (!interpreter.empty()) out["interpreter"] = std::move(interpreter);
  }
  if (Json found = workers(app); !found.empty()) out["workers"] = std::move(found);
  return out;
}

Json Apps::json() {
  // In the order in which groups are defined: render keeps it.
  std::vector<const App*> order;
  for (const App& app : apps_) order.push_back(&app);
  const auto rank = [&](const App* app) {
    return app->group == nullptr ? work_.facts.groups.data() + work_.facts.groups.size()
                                 : app->group;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const App* a, const App* b) { return rank(a) < rank(b); });
  Json out = Json::object();
  for (const App* app : order) out[app->name] = one(*app);
  for (const Group& group : work_.facts.groups)
    if (!used_.contains(&group) && work_.ledger.open(*group.at.node))
      work_.ledger.left_out(*group.at.node, "no imported application runs in it",
                            "define an application for it, or do without");
  return out;
}

}  // namespace wsgictl::importing
