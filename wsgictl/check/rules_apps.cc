// SPDX-License-Identifier: Apache-2.0
// Offline rules about applications and their daemon groups; see rules_internal.h.
#include <fmt/format.h>

#include <unordered_set>

#include "check/environment.h"
#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::check {
namespace {

using model::App;
using model::Integer;

constexpr std::int64_t kManyThreads = 500;

void warn(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
          std::string message, std::string hint) {
  diagnostics.add(diag::make(code, mark, std::move(message), std::move(hint)));
}

// Both limits are in force and LOW is not below HIGH.
bool out_of_order(const Integer& low, const Integer& high) {
  return low.given && low.value > 0 && high.value > 0 && low.value >= high.value;
}

void limits_of(const App& app, diag::Diagnostics& diagnostics) {
  const model::Daemon& d = app.daemon;
  if (out_of_order(d.queue_timeout, d.request_timeout))
    warn(diagnostics, "WCTL1407", d.queue_timeout.mark,
         fmt::format("queue_timeout {} is not below request_timeout {}", d.queue_timeout.text,
                     d.request_timeout.text),
         "make queue_timeout shorter");
  if (d.request_timeout.given && d.socket_timeout.given && d.socket_timeout.value > 0 &&
      d.request_timeout.value > d.socket_timeout.value)
    warn(diagnostics, "WCTL1407", d.request_timeout.mark,
         fmt::format("request_timeout {} is above socket_timeout {}", d.request_timeout.text,
                     d.socket_timeout.text),
         "make socket_timeout at least as long");
  if (d.interrupt_timeout.given && d.interrupt_timeout.value > 0 && d.request_timeout.value == 0)
    warn(diagnostics, "WCTL1411", d.interrupt_timeout.mark,
         "interrupt_timeout has no effect without request_timeout", "add request_timeout");
  if (d.restart_interval.given && d.restart_interval.value > 0 &&
      d.restart_interval.value <= d.graceful_timeout.value)
    warn(diagnostics, "WCTL1420", d.restart_interval.mark,
         fmt::format("restart_interval {} is not above graceful_timeout {}",
                     d.restart_interval.text, d.graceful_timeout.text),
         "make restart_interval longer");
}

// The module takes one of them.
void owner_of(const App& app, diag::Diagnostics& diagnostics) {
  const model::Daemon& d = app.daemon;
  if (d.script_user.given && d.script_group.given)
    add_related(diagnostics, "WCTL1461", d.script_group.mark, d.script_user.mark,
                "the other one is here", "script_group stands beside script_user",
                "remove one of them");
}

void python_of(const App& app, diag::Diagnostics& diagnostics) {
  if (app.python.home.given)
    if (const std::string home = environment_of(app.python.home.value); !home.empty()) {
      diag::Diagnostic d =
          diag::make("WCTL1417", app.python.home.mark,
                     fmt::format("{} is inside an environment", diag::quote(app.python.home.value)),
                     "write " + home);
      d.replacement = home;
      diagnostics.add(std::move(d));
    }
  for (const model::Text& path : app.python.path)
    if (path.value.ends_with("/site-packages") || path.value.ends_with("/bin"))
      warn(diagnostics, "WCTL1416", path.mark,
           fmt::format("{} is part of an environment", diag::quote(path.value)),
           "write python.home: " + environment_of(path.value));
  for (const model::Text* locale : {&app.daemon.lang, &app.daemon.locale})
    if (locale->given && locale->value.find("UTF-8") == std::string::npos &&
        locale->value.find("utf8") == std::string::npos)
      warn(diagnostics, "WCTL1418", locale->mark,
           fmt::format("{} is no UTF-8 locale", diag::quote(locale->value)), "write C.UTF-8");
}

}  // namespace

void rule_threads(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const App& app : definition.apps) {
    const Integer& threads = app.daemon.threads;
    const Integer& processes = app.daemon.processes;
    const std::int64_t product = threads.value * processes.value;
    if (product <= kManyThreads) continue;
    warn(diagnostics, "WCTL1406", threads.given ? threads.mark : processes.mark,
         fmt::format("{} processes with {} threads each are {} requests at once", processes.value,
                     threads.value, product),
         fmt::format("stay below {}", kManyThreads));
  }
}

void rule_limits(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const App& app : definition.apps) {
    limits_of(app, diagnostics);
    owner_of(app, diagnostics);
  }
}

void rule_python(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const App& app : definition.apps) python_of(app, diagnostics);
}

void rule_apps_used(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::unordered_set<std::string_view> used;
  for (const model::Site& site : definition.sites)
    for (const model::Route& route : site.routes)
      if (route.kind == model::RouteKind::app) used.insert(route.app.value);
  for (const App& app : definition.apps)
    if (!used.contains(app.name.value))
      warn(diagnostics, "WCTL1402", app.name.mark,
           fmt::format("application {} is not used by any route", diag::quote(app.name.value)),
           fmt::format("add a route \"/: {{app: {}}}\" to a site", app.name.value));
}

}  // namespace wsgictl::check
