// SPDX-License-Identifier: Apache-2.0
// Offline rules about applications with an Apache of their own (run: instance); see
// rules_internal.h.
#include <fmt/format.h>

#include <map>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/endpoints.h"

namespace wsgictl::check {
namespace {

using model::App;

constexpr const char* kLoopback[] = {"*", "0.0.0.0", "127.0.0.1", "[::]"};

void add(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
         std::string message, std::string hint, const diag::Mark* other = nullptr) {
  diag::Diagnostic d = diag::make(code, mark, std::move(message), std::move(hint));
  if (other != nullptr) d.related.push_back({*other, "the other one is here"});
  diagnostics.add(std::move(d));
}

void keys_of(const App& app, diag::Diagnostics& diagnostics) {
  if (!app.port.given)
    add(diagnostics, "WCTL1428", app.run.mark, "an instance needs a port",
        "add \"port: 8101\", or another one above 1023");
  if (!app.daemon.user.given)
    add(diagnostics, "WCTL1428", app.run.mark, "an instance needs a user of its own",
        "add \"daemon: {user: NAME}\"");
  if (app.daemon.chroot.given)
    add(diagnostics, "WCTL1430", app.daemon.chroot.mark, "chroot needs root, an instance has none",
        "remove it");
  if (app.daemon.cpu_priority.given && app.daemon.cpu_priority.value < 0)
    add(diagnostics, "WCTL1430", app.daemon.cpu_priority.mark,
        "a priority above the usual one needs root, an instance has none", "use 0 or more");
}

// The marks of all that listens on the loopback address, by port.
std::map<int, diag::Mark> site_ports(const model::Definition& definition) {
  std::map<int, diag::Mark> ports;
  for (const model::Site& site : definition.sites)
    for (const model::Endpoint& endpoint : model::endpoints(site))
      for (const char* address : kLoopback)
        if (endpoint.address == address) ports.emplace(endpoint.port, endpoint.mark);
  return ports;
}

bool has_login(const model::Access& access) {
  return access.users_file.given || access.password_script.given;
}

}  // namespace

void rule_instances(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::map<int, diag::Mark> taken = site_ports(definition);
  std::map<std::string_view, const App*> instances;
  for (const App& app : definition.apps) {
    if (!app.is_instance()) {
      if (app.port.given && app.run.given)
        add(diagnostics, "WCTL1411", app.port.mark, "port has no effect without run: instance",
            "remove it, or write run: instance", &app.run.mark);
      continue;
    }
    instances.emplace(app.name.value, &app);
    keys_of(app, diagnostics);
    if (!app.port.given) continue;
    const auto [other, fresh] = taken.emplace(static_cast<int>(app.port.value), app.port.mark);
    if (!fresh)
      add(diagnostics, "WCTL1429", app.port.mark,
          fmt::format("port {} is taken already", app.port.value), "use another port",
          &other->second);
  }
  for (const model::Site& site : definition.sites)
    for (const model::Route& route : site.routes)
      if (route.kind == model::RouteKind::app && instances.contains(route.app.value) &&
          has_login(route.access))
        add(diagnostics, "WCTL1431", route.app.mark,
            fmt::format("application {} does not learn who has logged in",
                        diag::quote(route.app.value)),
            "let the application ask for the login itself");
}

}  // namespace wsgictl::check
