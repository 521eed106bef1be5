// SPDX-License-Identifier: Apache-2.0
// Offline rules about the whole server: keys for Python in Apache's own processes, where none
// runs. See rules_internal.h.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/keys.h"

namespace wsgictl::check {
namespace {

using model::ExtraDirective;
using model::ExtraDirectives;
using model::Route;
using model::Site;

struct OwnOnly {
  std::string_view directive;
  const char* hint;
};

// Daemons do not read these; the applications have keys of their own.
constexpr OwnOnly kOwnOnly[] = {
    {"WSGIPythonPath", "use python.path of the application"},
    {"WSGIPythonEggs", "use daemon.python_eggs of the application"},
    {"WSGISwitchInterval", "use daemon.switch_interval of the application"},
    {"WSGIServerMetrics", "use daemon.server_metrics of the application"},
};

bool names_script(const ExtraDirectives& list) {
  return std::any_of(list.begin(), list.end(), [](const ExtraDirective& extra) {
    const std::string name = diag::lower(extra.directive.value);
    return name.starts_with("wsgi") && name.ends_with("script");
  });
}

// Scripts that decide about access run in Apache's own processes, whatever is restricted.
bool runs_python(const model::Definition& definition) {
  const model::Server& server = definition.server;
  if (server.restrict_embedded.given && !server.restrict_embedded.value) return true;
  if (names_script(server.extra_directives)) return true;
  return std::any_of(definition.sites.begin(), definition.sites.end(), [](const Site& site) {
    return names_script(site.extra_directives) ||
           std::any_of(site.routes.begin(), site.routes.end(), [](const Route& route) {
             const model::Access& access = route.access;
             return access.password_script.given || access.groups_script.given ||
                    access.host_script.given || names_script(route.extra_directives);
           });
  });
}

}  // namespace

void rule_server(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  const model::Settings& settings = definition.server.settings;
  if (settings.empty() || runs_python(definition)) return;
  for (const OwnOnly& own : kOwnOnly) {
    const auto found = std::find_if(
        settings.begin(), settings.end(),
        [&](const model::Parsed& setting) { return setting.row->directive == own.directive; });
    if (found == settings.end()) continue;
    const std::string key(found->row->path.substr(found->row->path.rfind('.') + 1));
    diagnostics.add(diag::make(
        "WCTL1411", found->mark,
        fmt::format("{} has no effect: no Python runs in Apache's own processes", key), own.hint));
  }
}

}  // namespace wsgictl::check
