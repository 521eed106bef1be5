// SPDX-License-Identifier: Apache-2.0
// Offline rules about directives that are written as they are (extra_directives) and work against
// the keys. See rules_internal.h.
#include <fmt/format.h>

#include <string_view>
#include <unordered_set>

#include "check/rules_internal.h"
#include "conf/raw_line.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::ExtraDirective;
using model::ExtraDirectives;

bool removes_authorization(const ExtraDirective& extra) {
  const auto& words = extra.arguments;
  return lower(extra.directive.value) == "requestheader" && words.size() >= 2 &&
         lower(words[0].value) == "unset" && lower(words[1].value) == "authorization";
}

void authorization(const ExtraDirectives& list, const model::Text& wanted,
                   diag::Diagnostics& diagnostics) {
  for (const ExtraDirective& extra : list) {
    if (!removes_authorization(extra)) continue;
    diag::Diagnostic d = diag::make("WCTL1432", extra.arguments[1].mark,
                                    "Authorization is removed before it reaches the application",
                                    "remove this directive, or authorization_header");
    d.related.push_back({wanted.mark, "the application is to see it"});
    diagnostics.add(std::move(d));
  }
}

// Applications run in the main interpreter of the group of their name.
void preload(const ExtraDirectives& list, const std::unordered_set<std::string_view>& apps,
             diag::Diagnostics& diagnostics) {
  for (const ExtraDirective& extra : list) {
    if (lower(extra.directive.value) != "wsgiimportscript") continue;
    std::string group, interpreter;
    for (const model::Text& word : extra.arguments) {
      constexpr std::string_view kGroup = "process-group=", kInterpreter = "application-group=";
      if (word.value.starts_with(kGroup)) group = word.value.substr(kGroup.size());
      if (word.value.starts_with(kInterpreter))
        interpreter = word.value.substr(kInterpreter.size());
    }
    if (apps.contains(group) && interpreter == "%{GLOBAL}") continue;
    diagnostics.add(diag::make(
        "WCTL1433", extra.directive.mark,
        apps.contains(group)
            ? fmt::format("the script is loaded into an interpreter that does not serve {}",
                          diag::quote(group))
            : "the script is loaded into processes that serve no application",
        "wsgictl loads scripts before they serve; remove it, or name process-group=APP and "
        "application-group=%{GLOBAL}"));
  }
}

// What the writer would refuse is said before anything is written.
void quotes(const ExtraDirectives& list, diag::Diagnostics& diagnostics) {
  for (const ExtraDirective& extra : list) {
    if (conf::line_form(extra.directive.value, {}) != conf::LineForm::rewrite) continue;
    for (const model::Text& argument : extra.arguments)
      if (!conf::quoted_for_rewrite(argument.value))
        diagnostics.add(diag::make(
            "WCTL1441", argument.mark,
            fmt::format("{} cannot take both \" and ' in one argument", extra.directive.value),
            "write \\x22 for \" or \\x27 for ' in the expression"));
  }
}

}  // namespace

void rule_extra(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  std::unordered_set<std::string_view> apps;
  for (const model::App& app : definition.apps) apps.insert(app.name.value);
  preload(definition.server.extra_directives, apps, diagnostics);
  quotes(definition.server.extra_directives, diagnostics);
  for (const model::Site& site : definition.sites) {
    preload(site.extra_directives, apps, diagnostics);
    quotes(site.extra_directives, diagnostics);
    for (const model::Route& route : site.routes) quotes(route.extra_directives, diagnostics);
    if (site.authorization_header.value != "application") continue;
    authorization(definition.server.extra_directives, site.authorization_header, diagnostics);
    authorization(site.extra_directives, site.authorization_header, diagnostics);
    for (const model::Route& route : site.routes)
      authorization(route.extra_directives, site.authorization_header, diagnostics);
  }
}

}  // namespace wsgictl::check
