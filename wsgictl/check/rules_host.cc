// SPDX-License-Identifier: Apache-2.0
// Rules about a host: what the definition names must be there; see rules.h.
#include <fmt/format.h>

#include "check/rules.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::check {
namespace {

using model::Text;

class HostRules {
 public:
  HostRules(const World& world, diag::Diagnostics& diagnostics)
      : world_(world), diagnostics_(diagnostics) {}

  void app(const model::App& app) {
    present(app.script, Entry::file, "WCTL2001", "script");
    present(app.python.home, Entry::directory, "WCTL2004", "Python home");
    for (const Text& path : app.python.path) present(path, Entry::directory, "WCTL2004", "folder");
    present(app.daemon.home, Entry::directory, "WCTL2004", "folder");
    present(app.env_file, Entry::file, "WCTL2005", "environment file");
    const auto mode = app.env_file.given ? world_.mode(app.env_file.value) : std::nullopt;
    if (mode && (*mode & 0007) != 0)
      add("WCTL2006", app.env_file, "can be read by every user", "chmod 600 it");
    accounts(app.daemon);
  }

  void site(const model::Site& site) {
    if (site.has_tls) {
      present(site.tls.certificate, Entry::file, "WCTL2201", "certificate");
      present(site.tls.key, Entry::file, "WCTL2201", "key");
    }
    for (const model::Route& route : site.routes) {
      present(route.directory, Entry::directory, "WCTL2004", "folder");
      present(route.file, Entry::file, "WCTL2005", "file");
    }
  }

 private:
  void add(const char* code, const Text& text, const char* what, const char* hint) {
    diagnostics_.add(
        diag::make(code, text.mark, fmt::format("{} {}", diag::quote(text.value), what), hint));
  }

  void present(const Text& path, Entry wanted, const char* code, const char* what) {
    if (!path.given) return;
    const Entry found = world_.entry(path.value);
    if (found == Entry::none) {
      diagnostics_.add(diag::make(
          code, path.mark, fmt::format("{} {} does not exist", what, diag::quote(path.value)),
          "create it, or correct the path"));
    } else if (found != wanted) {
      add(code, path, wanted == Entry::file ? "is no file" : "is no folder", "correct the path");
    } else if (world_.private_tmp() &&
               (path.value.starts_with("/tmp/") || path.value.starts_with("/var/tmp/"))) {
      add("WCTL1610", path, "is in a folder that Apache's service does not see",
          "move it below /srv or /var/lib");
    }
  }

  void accounts(const model::Daemon& daemon) {
    if (!daemon.user.given && !daemon.group.given) return;
    if (daemon.user.given && !world_.has_user(daemon.user.value))
      add("WCTL2002", daemon.user, "is no user of this host", "create the user");
    const Text& group = daemon.group.given ? daemon.group : daemon.user;
    if (!group.value.starts_with('#') && !world_.has_group(group.value))
      add("WCTL2003", group, "is no group of this host",
          daemon.group.given ? "create the group" : "add daemon.group");
  }

  const World& world_;
  diag::Diagnostics& diagnostics_;
};

}  // namespace

void check_host(const model::Definition& definition, const World& world,
                diag::Diagnostics& diagnostics) {
  HostRules rules(world, diagnostics);
  for (const model::App& app : definition.apps) rules.app(app);
  for (const model::Site& site : definition.sites) rules.site(site);
  check_places(definition, world, diagnostics);
}

}  // namespace wsgictl::check
