// SPDX-License-Identifier: Apache-2.0
// Offline rules about amounts and times that cannot work together; see rules_internal.h. They look
// at what was written, never at defaults alone: a definition that says nothing gets no advice.
#include <fmt/format.h>

#include <charconv>
#include <map>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/keys.h"

namespace wsgictl::check {
namespace {

using model::App;
using model::Integer;

constexpr std::int64_t kStopSeconds = 90;  // systemd's DefaultTimeoutStopSec

void warn(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
          std::string message, std::string hint, const diag::Mark* other = nullptr) {
  diag::Diagnostic d = diag::make(code, mark, std::move(message), std::move(hint));
  if (other != nullptr && !other->file.empty())
    d.related.push_back({*other, "the other one is here"});
  diagnostics.add(std::move(d));
}

bool limits(const Integer& value) { return value.given && value.value > 0; }

void memory_of(const App& app, diag::Diagnostics& diagnostics) {
  const model::Daemon& d = app.daemon;
  if (!limits(d.virtual_memory_limit)) return;
  const std::int64_t space = d.virtual_memory_limit.value;
  if (limits(d.memory_limit) && d.memory_limit.value > space)
    warn(diagnostics, "WCTL1421", d.memory_limit.mark,
         fmt::format("memory_limit {} is above virtual_memory_limit {}", d.memory_limit.text,
                     d.virtual_memory_limit.text),
         "make virtual_memory_limit the larger one", &d.virtual_memory_limit.mark);
  if (limits(d.stack_size) && d.stack_size.value > space / d.threads.value)
    warn(diagnostics, "WCTL1421", d.stack_size.mark,
         fmt::format("{} stacks of {} do not fit into virtual_memory_limit {}", d.threads.value,
                     d.stack_size.text, d.virtual_memory_limit.text),
         "raise virtual_memory_limit, or use smaller stacks", &d.virtual_memory_limit.mark);
}

void requests_of(const App& app, diag::Diagnostics& diagnostics) {
  const model::Daemon& d = app.daemon;
  if (limits(d.maximum_requests) && d.maximum_requests.value < d.threads.value)
    warn(diagnostics, "WCTL1421", d.maximum_requests.mark,
         fmt::format("maximum_requests {} is below the {} threads of a process",
                     d.maximum_requests.text, d.threads.value),
         "use 1000 or more, or 0", &d.threads.mark);
}

void times_of(const App& app, diag::Diagnostics& diagnostics) {
  const model::Daemon& d = app.daemon;
  if (limits(d.restart_interval) && limits(d.startup_timeout) &&
      d.restart_interval.value <= d.startup_timeout.value)
    warn(diagnostics, "WCTL1420", d.restart_interval.mark,
         fmt::format("restart_interval {} is not above startup_timeout {}", d.restart_interval.text,
                     d.startup_timeout.text),
         "make restart_interval longer", &d.startup_timeout.mark);
  if (d.graceful_timeout.given &&
      d.graceful_timeout.value + d.shutdown_timeout.value > kStopSeconds)
    warn(diagnostics, "WCTL1407", d.graceful_timeout.mark,
         fmt::format("graceful_timeout {} and shutdown_timeout {} are longer than the {}s that a "
                     "service has to stop",
                     d.graceful_timeout.text,
                     d.shutdown_timeout.given ? d.shutdown_timeout.text : "5s", kStopSeconds),
         "make them shorter, or raise TimeoutStopSec of Apache's service");
  if (app.has_health && limits(d.startup_timeout) && app.health.deadline.given &&
      app.health.deadline.value < d.startup_timeout.value)
    warn(diagnostics, "WCTL1407", app.health.deadline.mark,
         fmt::format("health.deadline {} is below startup_timeout {}", app.health.deadline.text,
                     d.startup_timeout.text),
         "make health.deadline at least as long", &d.startup_timeout.mark);
}

// Sites whose limits.timeout ends what the application may still do.
void site_timeouts(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::map<std::string_view, const App*> apps;
  for (const App& app : definition.apps) apps.emplace(app.name.value, &app);
  for (const model::Site& site : definition.sites)
    for (const model::Parsed& setting : site.settings) {
      if (setting.row->directive != "Timeout") continue;
      for (const model::Route& route : site.routes) {
        const auto app = apps.find(route.app.value);
        if (route.kind != model::RouteKind::app || app == apps.end()) continue;
        const model::Daemon& d = app->second->daemon;
        if (!limits(d.request_timeout) || d.socket_timeout.value > 0 ||
            d.request_timeout.value <= setting.number)
          continue;
        warn(diagnostics, "WCTL1407", setting.mark,
             fmt::format("limits.timeout {} ends requests before request_timeout {} of {}",
                         setting.text, d.request_timeout.text, diag::quote(app->first)),
             "make limits.timeout at least as long, or give the application a socket_timeout",
             &d.request_timeout.mark);
        break;
      }
    }
}

}  // namespace

void rule_capacity(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const App& app : definition.apps) {
    memory_of(app, diagnostics);
    requests_of(app, diagnostics);
    times_of(app, diagnostics);
  }
  site_timeouts(definition, diagnostics);
}

// What the MPM admits against what the applications could serve, where the definition says both.
void rule_mpm(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::int64_t demand = 0;
  for (const App& app : definition.apps)
    demand += app.daemon.processes.value * app.daemon.threads.value;
  for (const model::ExtraDirective& extra : definition.server.extra_directives) {
    if (extra.directive.value != "MaxRequestWorkers" || extra.arguments.size() != 1) continue;
    const model::Text& text = extra.arguments.front();
    std::int64_t supply = 0;
    std::from_chars(text.value.data(), text.value.data() + text.value.size(), supply);
    if (supply <= 0 || supply >= demand) continue;
    warn(diagnostics, "WCTL1422", text.mark,
         fmt::format("MaxRequestWorkers {} admits fewer requests than the {} threads of all "
                     "applications",
                     supply, demand),
         fmt::format("write {} or more, or use fewer threads", demand));
  }
}

}  // namespace wsgictl::check
