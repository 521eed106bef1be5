// SPDX-License-Identifier: Apache-2.0
// Render, look at modules, compare; see planning.h.
#include "cli/planning.h"

#include <algorithm>
#include <ostream>

#include "conf/render.h"
#include "diag/codes.h"
#include "host/modules.h"

namespace wsgictl::cli {
namespace {

std::vector<std::string> groups_of(const model::Definition& definition) {
  std::vector<std::string> names;
  for (const model::App& app : definition.apps) names.push_back(app.name.value);
  return names;
}

void add_modules(plan::Plan& plan, const host::ModulesToEnable& modules) {
  plan.modules_enabled = modules.names;
  for (const host::ModuleLink& link : modules.links) {
    plan::FileChange change;
    change.action = plan::Action::create;
    change.path = link.path;
    change.link = true;
    change.after = link.target;
    plan.modules.push_back(std::move(change));
  }
}

void decide_server(plan::Plan& plan, host::Server& server, bool known, bool start) {
  if (!plan.has_changes()) return;
  if (!known) {
    plan.server = plan::ServerAction::reload;
    plan.server_reason = "Apache could not be asked; a running one is reloaded";
  } else if (server.parent() == 0 && !start) {
    plan.server = plan::ServerAction::stays_stopped;
    plan.server_reason = "Apache does not run; --start starts it";
  } else {
    plan.server = plan::ServerAction::reload;
    plan.server_reason = "graceful reload: files that Apache reads change";
  }
}

}  // namespace

std::optional<plan::Plan> plan_for(Context& context, host::Server& server,
                                   const plan::Generation& current, const plan::Input& input,
                                   bool start, std::string& conflicts) {
  plan::Planned planned = plan::make(input, current, sys::real_files(), context.diagnostics);
  conflicts = std::move(planned.conflicts);
  if (!planned.plan) return std::nullopt;
  decide_server(*planned.plan, server, true, start);
  return std::move(planned.plan);
}

std::optional<plan::Plan> make_plan(Context& context, const Target& target, host::Server& server,
                                    plan::Store& store, const model::Definition& definition,
                                    const PlanRequest& request, std::string& conflicts) {
  const auto current = store.current();
  if (!current) {
    context.diagnostics.add(diag::make("WCTL4005", {}, current.error().text));
    return std::nullopt;
  }
  plan::Input input;
  auto rendered = conf::render(definition, target.layout, context.diagnostics);
  if (!rendered) return std::nullopt;
  input.root = context.options.root;
  input.desired = std::move(*rendered);
  input.targets = plan::health_targets(definition);
  input.groups = groups_of(definition);
  input.definition = definition.files;
  input.take_over = request.take_over;

  const auto facts = server.facts();
  host::ModulesToEnable modules;
  if (facts) {
    modules = host::modules_to_enable(conf::required_modules(definition), facts->modules,
                                      target.layout, input.root, target.is_private,
                                      sys::real_files(), context.diagnostics);
  } else if (request.must_know_server) {
    const char* code = facts.error().sys != 0 ? "WCTL3004" : "WCTL3001";
    context.diagnostics.add(diag::make(code, {}, facts.error().text));
  } else {
    context.diagnostics.add(diag::make("WCTL3005", {}, facts.error().text));
  }
  plan::Planned planned = plan::make(input, *current, sys::real_files(), context.diagnostics);
  conflicts = std::move(planned.conflicts);
  if (!planned.plan || context.diagnostics.has_errors()) return std::nullopt;
  add_modules(*planned.plan, modules);
  decide_server(*planned.plan, server, static_cast<bool>(facts), request.start);
  return std::move(planned.plan);
}

int planning_failure(const Context& context) {
  const auto& items = context.diagnostics.items();
  const bool of_host = std::any_of(items.begin(), items.end(), [](const diag::Diagnostic& d) {
    return d.severity == diag::Severity::error && d.code >= "WCTL2000";
  });
  const bool unreadable = std::any_of(
      items.begin(), items.end(), [](const diag::Diagnostic& d) { return d.code == "WCTL4004"; });
  if (unreadable) return kNotPermitted;
  return of_host ? kRefused : failure_code(context);
}

void say(Context& context, const std::string& text) {
  if (context.options.format == Format::text && !context.options.quiet) context.streams.out << text;
}

}  // namespace wsgictl::cli
