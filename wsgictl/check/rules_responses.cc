// SPDX-License-Identifier: Apache-2.0
// Offline rules about what is sent in place of a response: error documents. See rules_internal.h.
// Source: httpd manual, "core" (ErrorDocument).
#include <fmt/format.h>

#include <string>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/routing.h"

namespace wsgictl::check {
namespace {

void document_of(const model::Site& site, const model::Variable& document,
                 diag::Diagnostics& diagnostics) {
  const std::string& target = document.value.value;
  if (!target.starts_with('/')) {
    if (document.name.value == "401")
      diagnostics.add(diag::make("WCTL1440", document.value.mark,
                                 "Apache ignores a whole URL for 401", "name a path of this site"));
    return;
  }
  if (site.routes.empty() ||
      !model::matching_routes(site, target.substr(0, target.find_first_of("?#"))).empty())
    return;
  diag::Diagnostic d = diag::make("WCTL1439", document.value.mark,
                                  fmt::format("no route of site {} answers for {}",
                                              diag::quote(site.name.value), diag::quote(target)),
                                  "add a route for it");
  diagnostics.add(std::move(d));
}

}  // namespace

void rule_error_documents(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const model::Site& site : definition.sites)
    for (const model::Variable& document : site.error_documents)
      document_of(site, document, diagnostics);
}

}  // namespace wsgictl::check
