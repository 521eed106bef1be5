// SPDX-License-Identifier: Apache-2.0
// Offline rules about what is sent in place of a response: error documents. See rules_internal.h.
// Source: httpd manual, "core" (ErrorDocument).
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/routing.h"

namespace wsgictl::check {
namespace {

// Statuses that say that an application or another server has not answered.
bool is_of_backend(const std::string& status) {
  return status == "502" || status == "503" || status == "504";
}

// The application or server that ROUTE leads to; "" if Apache itself answers.
const std::string& backend(const model::Route& route) {
  return route.kind == model::RouteKind::app ? route.app.value : route.proxy.value;
}

// ROUTE leads to an application or server, and no other route to another one.
bool only_backend(const model::Site& site, const model::Route& route) {
  const std::string& asked = backend(route);
  return !asked.empty() &&
         std::all_of(site.routes.begin(), site.routes.end(), [&](const model::Route& other) {
           return backend(other).empty() || backend(other) == asked;
         });
}

void document_of(const model::Site& site, const model::Variable& document,
                 diag::Diagnostics& diagnostics) {
  const std::string& target = document.value.value;
  if (!target.starts_with('/')) {
    if (document.name.value == "401")
      diagnostics.add(diag::make("WCTL1440", document.value.mark,
                                 "Apache ignores a whole URL for 401", "name a path of this site"));
    return;
  }
  if (site.routes.empty()) return;
  const auto routes = model::matching_routes(site, target.substr(0, target.find_first_of("?#")));
  if (routes.empty()) {
    diagnostics.add(diag::make("WCTL1439", document.value.mark,
                               fmt::format("no route of site {} answers for {}",
                                           diag::quote(site.name.value), diag::quote(target)),
                               "add a route for it"));
  } else if (is_of_backend(document.name.value) && only_backend(site, *routes.front())) {
    diag::Diagnostic d =
        diag::make("WCTL1449", document.value.mark,
                   fmt::format("the page for {} is asked from the one that failed to answer",
                               document.name.value),
                   fmt::format("add a route with file for {}", diag::quote(target)));
    d.related.push_back({routes.front()->path.mark, "this route answers"});
    diagnostics.add(std::move(d));
  }
}

}  // namespace

void rule_error_documents(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const model::Site& site : definition.sites)
    for (const model::Variable& document : site.error_documents)
      document_of(site, document, diagnostics);
}

}  // namespace wsgictl::check
