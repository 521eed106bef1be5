// SPDX-License-Identifier: Apache-2.0
// Narrowing a definition to one private site; see one_site.h.
#include "express/one_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "diag/codes.h"
#include "json/json.h"
#include "model/load.h"

namespace wsgictl::express {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCommandLine = "command line";  // in place of a file's name

model::Text text(std::string value) {
  model::Text t;
  t.text = value;
  t.value = std::move(value);
  t.given = true;
  return t;
}

void set(model::Integer& integer, int value) {
  if (value == 0) return;
  integer.value = value;
  integer.text = std::to_string(value);
  integer.given = true;
}

bool routes_to(const model::Site& site, const std::string& app) {
  return std::any_of(site.routes.begin(), site.routes.end(), [&](const model::Route& route) {
    return route.kind == model::RouteKind::app && route.app.value == app;
  });
}

const model::App* find(const std::vector<model::App>& apps, const std::string& name) {
  for (const model::App& app : apps)
    if (app.name.value == name) return &app;
  return nullptr;
}

const model::App* choose(const model::Definition& definition, const Wanted& wanted,
                         diag::Diagnostics& diagnostics) {
  if (wanted.app.empty() && definition.apps.size() == 1) return &definition.apps.front();
  if (const model::App* app = find(definition.apps, wanted.app)) return app;
  std::string names;
  for (const model::App& app : definition.apps)
    names += (names.empty() ? "" : ", ") + app.name.value;
  diagnostics.add(diag::make("WCTL4102", {},
                             definition.apps.empty() ? "the definition has no application"
                             : wanted.app.empty()
                                 ? "the definition has more than one application"
                                 : fmt::format("there is no application \"{}\"", wanted.app),
                             names.empty() ? "" : "choose one with --app: " + names));
  return nullptr;
}

// The first site that routes to APP, or one made for it.
model::Site site_for(const model::Definition& definition, const model::App& app) {
  for (const model::Site& site : definition.sites)
    if (routes_to(site, app.name.value)) return site;
  model::Site site;
  site.name = text("localhost");
  model::Route route;
  route.path = text("/");
  route.app = app.name;
  site.routes.push_back(std::move(route));
  return site;
}

void add_statics(model::Site& site, const Wanted& wanted) {
  for (const auto& [path, folder] : wanted.statics) {
    std::erase_if(site.routes, [&at = path](const model::Route& r) { return r.path.value == at; });
    model::Route route;
    route.kind = model::RouteKind::directory;
    route.path = text(path);
    route.directory = text(folder);
    site.routes.push_back(std::move(route));
  }
}

// No TLS, one address: what a browser on this machine needs and nobody else can reach.
void make_private(model::Site& site, const Wanted& wanted) {
  site.has_tls = false;
  site.redirect_to_tls = {};
  site.behind_proxy.clear();
  const bool v6 = wanted.host.find(':') != std::string::npos;
  site.listen = {
      text(fmt::format("{}{}{}:{}", v6 ? "[" : "", wanted.host, v6 ? "]" : "", wanted.port))};
  add_statics(site, wanted);
}

// Only root can change to another account, and must, since daemon processes never run as root.
bool set_account(model::App& app, const Wanted& wanted, diag::Diagnostics& diagnostics) {
  if (!wanted.as_root) {
    app.daemon.user = app.daemon.group = {};
    return true;
  }
  if (!wanted.user.empty()) {
    app.daemon.user = text(wanted.user);
    app.daemon.group = {};
  }
  if (!wanted.group.empty()) app.daemon.group = text(wanted.group);
  if (app.daemon.user.given && app.daemon.user.value != "root") return true;
  diagnostics.add(diag::make(
      "WCTL4101", app.name.mark.file == kCommandLine ? diag::Mark{} : app.name.mark,
      fmt::format("root serves \"{}\", but no account is given for its processes", app.name.value),
      "add daemon.user to the definition, or pass --user"));
  return false;
}

}  // namespace

std::optional<model::Definition> definition_for(const std::string& script,
                                                diag::Diagnostics& diagnostics) {
  Json app = {{"script", script}};
  app["python"]["path"] = {fs::path(script).parent_path().string()};
  const char* environment = std::getenv("VIRTUAL_ENV");
  if (environment != nullptr && fs::exists(fs::path(environment) / "pyvenv.cfg"))
    app["python"]["home"] = environment;
  // YAML reads JSON, so that the same decoder judges it as any other definition.
  Json document = {{"version", 1}};
  document["apps"]["app"] = app;
  document["sites"]["localhost"]["routes"]["/"]["app"] = "app";
  return model::load_sources({{kCommandLine, json_text(document, 1)}}, diagnostics);
}

std::optional<model::Definition> one_site(const model::Definition& definition, const Wanted& wanted,
                                          diag::Diagnostics& diagnostics) {
  const model::App* chosen = choose(definition, wanted, diagnostics);
  if (chosen == nullptr) return std::nullopt;
  model::Definition one;
  one.files = definition.files;
  one.version = definition.version;
  one.sites.push_back(site_for(definition, *chosen));
  make_private(one.sites.front(), wanted);
  for (const model::App& app : definition.apps) {
    if (!routes_to(one.sites.front(), app.name.value)) continue;
    one.apps.push_back(app);
    model::App& kept = one.apps.back();
    kept.run = {};  // serve is the instance
    set(kept.daemon.processes, wanted.processes);
    set(kept.daemon.threads, wanted.threads);
    if (!set_account(kept, wanted, diagnostics)) return std::nullopt;
  }
  return one;
}

std::string entry_path(const model::Definition& one) {
  std::string path;
  for (const model::Route& route : one.sites.front().routes)
    if (route.kind == model::RouteKind::app &&
        (path.empty() || route.path.value.size() < path.size()))
      path = route.path.value;
  return path;
}

}  // namespace wsgictl::express
