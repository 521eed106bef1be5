// SPDX-License-Identifier: Apache-2.0
// The rules of this folder, one function each. They add diagnostics and change nothing.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "check/world.h"
#include "diag/diagnostic.h"
#include "model/app.h"

namespace wsgictl::check {

// Adds CODE at MARK, with WHAT to be said of the other place.
void add_related(diag::Diagnostics& diagnostics, const char* code, const diag::Mark& mark,
                 const diag::Mark& other, const char* what, std::string message, std::string hint);

// Applications with an Apache of their own: mod_proxy passes their requests on. Views into
// DEFINITION.
std::unordered_set<std::string_view> instances_of(const model::Definition& definition);

void rule_threads(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_limits(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_apps_used(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_routes(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_redirects(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_tls(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_server_names(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_access(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_secrets(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_certificates(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_python(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_capacity(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_mpm(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_wildcards(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_reach(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_listeners(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_first_host(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_behind_proxy(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_proxies(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_error_documents(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_effect(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_log_formats(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_server(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_process_groups(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_values(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_extra(const model::Definition& definition, diag::Diagnostics& diagnostics);
void rule_instances(const model::Definition& definition, diag::Diagnostics& diagnostics);

}  // namespace wsgictl::check
