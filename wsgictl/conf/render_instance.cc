// SPDX-License-Identifier: Apache-2.0
// An application with an Apache of its own (run: instance): that Apache's configuration, and the
// unit that runs it. The configuration is that of a definition with nothing but this application,
// on one port of the loopback address; TLS, headers, access and static files stay with the sites.
// See render_internal.h. Source: systemd.service(5), systemd.exec(5).
#include <fmt/format.h>

#include <algorithm>

#include "conf/render_internal.h"
#include "model/keys.h"
#include "model/routing.h"

namespace wsgictl::conf {
namespace {

constexpr std::int64_t kThreadsPerChild = 25;
constexpr std::int64_t kStopReserve = 15;  // seconds beyond what the processes are given

std::string base_name(const model::App& app) { return "wsgictl-" + app.name.value; }
std::string runtime_dir(const model::App& app) { return "/run/" + base_name(app); }

model::Text text(std::string value, const diag::Mark& mark) { return {value, value, mark, true}; }

// Where systemd puts what LoadCredential= names: readable for the unit's user alone.
std::string credential(const model::App& app, const char* name) {
  return fmt::format("/run/credentials/{}/{}", unit_name(app), name);
}

// Limits of a request's head, and what the site's Apache makes of one that it lets pass: it escapes
// bytes of the path (mod_proxy), adds to fields (X-Forwarded-For) and adds fields.
struct HeadLimit {
  std::string_view directive;
  std::int64_t usual;  // httpd manual, core
  std::int64_t times, more;
};
constexpr HeadLimit kHeadLimits[] = {{"LimitRequestLine", 8190, 3, 0},
                                     {"LimitRequestFieldSize", 8190, 1, 1024},
                                     {"LimitRequestFields", 100, 1, 16}};

// What the instance's Apache must be told again: it would refuse what the site's Apache lets pass.
bool is_kept(std::string_view directive) {
  return directive.starts_with("WSGI") || directive == "LimitRequestBody" || directive == "Timeout";
}

// The largest of all sites: a head is read before Apache knows which site it is for.
void add_head_limits(Block& out, const std::vector<model::Site>& sites) {
  for (const HeadLimit& limit : kHeadLimits) {
    std::int64_t largest = 0;
    bool unlimited = false;
    for (const model::Site& site : sites) {
      std::int64_t number = limit.usual;
      for (const model::Parsed& setting : site.settings)
        if (setting.row->directive == limit.directive) number = setting.number;
      unlimited = unlimited || number == 0;
      largest = std::max(largest, number * limit.times + limit.more);
    }
    out.directive(std::string(limit.directive), {word(std::to_string(unlimited ? 0 : largest))});
  }
}

// What the routes above ROUTE say holds for it too. Those of the same application are there
// themselves.
model::Settings inherited(const model::Site& site, const model::Route& route) {
  model::Settings out;
  const auto said = [&](const model::Settings& in, const model::Parsed& setting) {
    return std::any_of(in.begin(), in.end(),
                       [&](const model::Parsed& one) { return one.row == setting.row; });
  };
  for (const model::Route* above : model::matching_routes(site, route.path.value)) {
    if (above == &route) continue;
    if (above->kind == model::RouteKind::app && above->app.value == route.app.value) break;
    const model::Settings nearer = out;
    for (const model::Parsed& setting : above->settings)
      if (!said(nearer, setting) && !said(route.settings, setting)) out.push_back(setting);
  }
  return out;
}

// What the site's Apache judges already is left out; what the application sees stays.
model::Site site_for(const model::Site& site, const model::App& app) {
  model::Site own;
  own.name = site.name;
  own.mark = site.mark;
  own.aliases = site.aliases;
  own.authorization_header = site.authorization_header;
  own.listen = {text(fmt::format("127.0.0.1:{}", app.port.value), app.port.mark)};
  own.behind_proxy = site.behind_proxy;
  own.behind_proxy.insert(own.behind_proxy.begin(), text("127.0.0.1", app.port.mark));
  for (const model::Parsed& setting : site.settings)
    if (is_kept(setting.row->directive)) own.settings.push_back(setting);
  for (const model::Route& route : site.routes) {
    if (route.kind != model::RouteKind::app || route.app.value != app.name.value) continue;
    model::Route kept;
    kept.path = route.path;
    kept.mark = route.mark;
    kept.app = route.app;
    kept.settings = inherited(site, route);
    kept.settings.insert(kept.settings.end(), route.settings.begin(), route.settings.end());
    own.routes.push_back(std::move(kept));
  }
  return own;
}

// Its Apache has the account already, and no right to change it.
model::App app_for(const model::App& app) {
  model::App own = app;
  own.run = {};
  own.daemon.user = own.daemon.group = own.daemon.supplementary_groups = {};
  std::string files = app.env.empty() ? "" : credential(app, "environment");
  if (app.env_file.given) files += (files.empty() ? "" : ",") + credential(app, "env_file");
  own.env.clear();
  own.env_file = {};
  if (!files.empty()) own.env_file = text(files, app.mark);
  return own;
}

void add_modules(Block& out, const host::Layout& layout) {
  std::vector<std::string> names{"mpm_event", "alias", "authz_core"};
  // Debian compiles it in.
  if (layout.target.starts_with("rhel")) names.push_back("unixd");
  names.push_back("wsgi");
  for (const std::string& name : names)
    out.directive("LoadModule",
                  {word(name + "_module"), value(layout.module_dir + "/mod_" + name + ".so", {})});
}

// Room for twice the requests that the processes can serve, and during a reload for the old
// children beside the new ones.
void add_capacity(Block& out, const model::App& app) {
  const std::int64_t served = app.daemon.processes.value * app.daemon.threads.value;
  const std::int64_t children = 1 + 2 * served / kThreadsPerChild;
  const auto number = [&](const char* directive, std::int64_t n) {
    out.directive(directive, {word(std::to_string(n))});
  };
  number("ServerLimit", 2 * children + 2);
  number("StartServers", 1);
  number("ThreadsPerChild", kThreadsPerChild);
  number("MinSpareThreads", kThreadsPerChild);
  number("MaxSpareThreads", std::max<std::int64_t>(children, 3) * kThreadsPerChild);
  number("MaxRequestWorkers", children * kThreadsPerChild);
}

std::string escaped(const std::string& text) {  // % starts a specifier
  std::string out;
  for (const char c : text) out += c == '%' ? std::string("%%") : std::string(1, c);
  return out;
}

// systemd takes a number as it is.
std::string account(const std::string& name) {
  return name.starts_with('#') ? name.substr(1) : escaped(name);
}

}  // namespace

std::string unit_name(const model::App& app) { return base_name(app) + ".service"; }

std::string instance_path(const model::App& app, const host::Layout& layout) {
  return fmt::format("{}/{}.conf", layout.instance_dir, app.name.value);
}

Block instance_block(const model::Definition& whole, const model::App& app,
                     const host::Layout& layout) {
  model::Definition one;
  one.version = whole.version;
  one.server.restrict_embedded = whole.server.restrict_embedded;
  one.server.settings = whole.server.settings;
  one.apps.push_back(app_for(app));
  Apps apps{{one.apps.front().name.value, &one.apps.front()}};
  host::Layout own = layout;
  own.log_dir = "";

  Block out(app.run.mark);
  out.comment(fmt::format("{}: the Apache of application {}; {} runs it", place(app.run.mark),
                          app.name.value, unit_name(app)));
  out.directive("ServerRoot", {value(runtime_dir(app), {})});
  out.directive("ServerName", {word("localhost")});
  out.directive("DefaultRuntimeDir", {value(runtime_dir(app), {})});
  out.directive("PidFile", {value(runtime_dir(app) + "/httpd.pid", {})});
  add_modules(out, layout);
  add_capacity(out, app);
  out.comment("The journal has it: journalctl -u " + unit_name(app));
  out.directive("ErrorLog", {value("syslog:daemon:" + base_name(app), {})});
  out.directive("KeepAlive", {word("Off")});
  out.directive("GracefulShutdownTimeout",
                {word(std::to_string(app.daemon.graceful_timeout.value))});
  Block denied(app.run.mark);
  denied.directive("AllowOverride", {word("None")});
  denied.directive("Require", {word("all"), word("denied")});
  out.section("Directory", {word("/")}, std::move(denied));
  out.blank();

  std::vector<model::Site> served;
  for (const model::Site& site : whole.sites)
    if (model::Site narrow = site_for(site, app); !narrow.routes.empty()) {
      served.push_back(site);
      one.sites.push_back(std::move(narrow));
    }
  add_head_limits(out, served);
  out.append(global_block(one, own));
  for (const model::Site& site : one.sites) {
    out.blank();
    out.append(site_block(apps, site, own));
  }
  return out;
}

std::string unit_text(const model::App& app, const host::Layout& layout) {
  const std::string server =
      fmt::format("{} -f {}", layout.httpd, escaped(instance_path(app, layout)));
  const model::Daemon& daemon = app.daemon;
  std::string out = fmt::format(
      "[Unit]\nDescription=Python application {}\nDocumentation=man:wsgictl(1)\n"
      "After=network.target\nBefore={}.service\n\n[Service]\n",
      app.name.value, layout.service);
  const auto line = [&](const char* name, const std::string& value) {
    out += fmt::format("{}={}\n", name, value);
  };
  line("User", account(daemon.user.value));
  if (daemon.group.given) {
    line("Group", account(daemon.group.value));
  } else if (!daemon.user.value.starts_with('#')) {
    line("Group", account(daemon.user.value));
  }
  if (daemon.supplementary_groups.given) {
    std::string groups = daemon.supplementary_groups.value;
    std::replace(groups.begin(), groups.end(), ',', ' ');
    line("SupplementaryGroups", escaped(groups));
  }
  line("RuntimeDirectory", base_name(app));
  line("RuntimeDirectoryMode", "0750");
  if (!app.env.empty())
    line("LoadCredential", "environment:" + escaped(environment_path(layout, app)));
  if (app.env_file.given) line("LoadCredential", "env_file:" + escaped(app.env_file.value));
  line("ExecStart", server + " -DFOREGROUND");
  line("ExecReload", server + " -k graceful");
  out += "KillMode=mixed\nKillSignal=SIGWINCH\n";
  line("TimeoutStopSec", std::to_string(daemon.graceful_timeout.value +
                                        daemon.shutdown_timeout.value + kStopReserve));
  out += "Restart=on-failure\nPrivateTmp=true\n\n[Install]\nWantedBy=multi-user.target\n";
  return out;
}

}  // namespace wsgictl::conf
