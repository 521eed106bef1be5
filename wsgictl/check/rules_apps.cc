// SPDX-License-Identifier: Apache-2.0
// Offline rules about applications and their daemon groups; see rules_internal.h.
#include <fmt/format.h>

#include <algorithm>

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
  for (const App& app : definition.apps) limits_of(app, diagnostics);
}

void rule_apps_used(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const App& app : definition.apps) {
    const auto leads_here = [&](const model::Site& site) {
      return std::any_of(site.routes.begin(), site.routes.end(), [&](const model::Route& route) {
        return route.kind == model::RouteKind::app && route.app.value == app.name.value;
      });
    };
    if (std::none_of(definition.sites.begin(), definition.sites.end(), leads_here))
      warn(diagnostics, "WCTL1402", app.name.mark,
           fmt::format("application {} is not used by any route", diag::quote(app.name.value)),
           fmt::format("add a route \"/: {{app: {}}}\" to a site", app.name.value));
  }
}

}  // namespace wsgictl::check
