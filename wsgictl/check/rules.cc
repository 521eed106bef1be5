// SPDX-License-Identifier: Apache-2.0
// The table of offline rules; see rules.h.
#include "check/rules.h"

#include <utility>

#include "check/rules_internal.h"
#include "diag/codes.h"

namespace wsgictl::check {
namespace {

using Rule = void (*)(const model::Definition&, diag::Diagnostics&);

constexpr Rule kRules[] = {
    rule_threads,      rule_limits,          rule_apps_used, rule_routes,     rule_redirects,
    rule_tls,          rule_server_names,    rule_listeners, rule_access,     rule_secrets,
    rule_certificates, rule_python,          rule_capacity,  rule_mpm,        rule_wildcards,
    rule_reach,        rule_instances,       rule_extra,     rule_first_host, rule_behind_proxy,
    rule_proxies,      rule_error_documents, rule_effect,    rule_server,     rule_process_groups,
    rule_values,       rule_log_formats,
};

}  // namespace

std::unordered_set<std::string_view> instances_of(const model::Definition& definition) {
  std::unordered_set<std::string_view> names;
  for (const model::App& app : definition.apps)
    if (app.is_instance()) names.insert(app.name.value);
  return names;
}

void add_related(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
                 const diag::Mark& other, const char* what, std::string message, std::string hint) {
  diag::Diagnostic d = diag::make(code, mark, std::move(message), std::move(hint));
  d.related.push_back({other, what});
  diagnostics.add(std::move(d));
}

void check(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Rule rule : kRules) rule(definition, diagnostics);
}

}  // namespace wsgictl::check
