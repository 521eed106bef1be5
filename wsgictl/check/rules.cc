// SPDX-License-Identifier: Apache-2.0
// The table of offline rules; see rules.h.
#include "check/rules.h"

#include "check/rules_internal.h"

namespace wsgictl::check {
namespace {

using Rule = void (*)(const model::Definition&, diag::Diagnostics&);

constexpr Rule kRules[] = {
    rule_threads,      rule_limits,          rule_apps_used, rule_routes,     rule_redirects,
    rule_tls,          rule_server_names,    rule_listeners, rule_access,     rule_secrets,
    rule_certificates, rule_python,          rule_capacity,  rule_mpm,        rule_wildcards,
    rule_reach,        rule_instances,       rule_extra,     rule_first_host, rule_behind_proxy,
    rule_proxies,      rule_error_documents, rule_effect,    rule_server,     rule_process_groups,
};

}  // namespace

void check(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Rule rule : kRules) rule(definition, diagnostics);
}

}  // namespace wsgictl::check
