// SPDX-License-Identifier: Apache-2.0
// What directives set: DirSettings per directory (contexts F, D, A), ServerSettings per server (S),
// GlobalSettings of the base server (G). Plain data. DirSettings is merged by httpd on the way of
// every request, so it owns nothing: texts and lists are views into the configuration's memory, all
// texts NUL-terminated. Source: directives.md, sections 0 to 10.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/merge.h"
#include "config/script_options.h"
#include "config/settings.h"
#include "config/values.h"

namespace wsgi::config {

enum class HeadMapping : std::uint8_t { off, on, automatic };

// An address or subnet; IPv4 is kept as ::ffff:a.b.c.d.
struct Subnet {
  std::array<std::uint8_t, 16> address{};
  std::uint8_t bits = 128;
  bool operator==(const Subnet&) const = default;
};

struct DirSettings {
  // Not expanded: see group_name.h. Absent: %{GLOBAL}, %{RESOURCE}, "application".
  Setting<std::string_view> process_group, application_group, callable_object;
  Setting<std::span<const std::string_view>> restrict_process;  // `%{GLOBAL}` is already ""
  Setting<bool> script_reloading;                               // On
  Setting<bool> pass_authorization, chunked_request, error_override, enable_sendfile;  // Off
  Setting<bool> ignore_activity, pass_apache_request;                                  // Off
  Setting<HeadMapping> map_head_to_get;                                                // automatic
  Setting<std::span<const std::string_view>> trusted_proxy_headers;  // as HTTP_…, in order
  Setting<std::span<const Subnet>> trusted_proxies;
  // Innermost first: the first with the name of the handler applies.
  std::span<const HandlerScript> handler_scripts;
  Setting<HookScript> dispatch_script, access_script, auth_user_script, auth_group_script;
  Setting<bool> group_authoritative;

  template <typename Self, typename Other, typename F>
  static void fields(Self& a, Other& b, F&& f) {
    f(a.process_group, b.process_group), f(a.application_group, b.application_group);
    f(a.callable_object, b.callable_object), f(a.restrict_process, b.restrict_process);
    f(a.script_reloading, b.script_reloading), f(a.pass_authorization, b.pass_authorization);
    f(a.chunked_request, b.chunked_request), f(a.error_override, b.error_override);
    f(a.enable_sendfile, b.enable_sendfile), f(a.ignore_activity, b.ignore_activity);
    f(a.pass_apache_request, b.pass_apache_request), f(a.map_head_to_get, b.map_head_to_get);
    f(a.trusted_proxy_headers, b.trusted_proxy_headers), f(a.trusted_proxies, b.trusted_proxies);
    f(a.dispatch_script, b.dispatch_script), f(a.access_script, b.access_script);
    f(a.auth_user_script, b.auth_user_script), f(a.auth_group_script, b.auth_group_script);
    f(a.group_authoritative, b.group_authoritative);
  }
};
static_assert(std::is_trivially_destructible_v<DirSettings>);

// The first list, then the second, in `memory`.
template <typename T>
std::span<const T> joined(std::span<const T> first, std::span<const T> second, Memory memory) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::size_t size = first.size() + second.size();
  T* all = static_cast<T*>(memory->allocate(size * sizeof(T), alignof(T)));
  std::uninitialized_copy(second.begin(), second.end(),
                          std::uninitialized_copy(first.begin(), first.end(), all));
  return {all, size};
}

// `inner` over `outer`; handler scripts of both, the inner ones first.
DirSettings merge(const DirSettings& outer, const DirSettings& inner, Memory memory);

// WSGIDaemonProcess as it was written.
struct DaemonDeclaration {
  DaemonOptions options;
  Place place;
};

// Something worth a line in the log that is not an error; logged once, after the configuration was
// read. Level and meaning are those of the id.
struct Notice {
  ErrorId id;
  std::string text;
};

// WSGITelemetryService and its companions: checked, and without effect.
struct TelemetrySettings {
  std::string service;
  double interval = 1.0;
  double slow_requests = 0;
  bool capture_user_agent = false;
};

struct GlobalSettings {
  Setting<bool> restrict_embedded;          // On: no embedded requests; Off: Python in every child
  Setting<bool> case_sensitivity;           // On
  Setting<bool> socket_rotation;            // no effect: there are no socket files
  std::string socket_prefix, accept_mutex;  // no effect
  PythonSettings python;                    // children; daemons take what applies to them
  bool verbose_debugging = false;           // no effect
  Setting<bool> server_metrics;
  std::string python_runtime;             // ours: "3.11", "3.13t"; "" the first the build made
  std::vector<std::string> runtime_path;  // ours: folders searched before the built-in ones
  TelemetrySettings telemetry;
};

struct ServerSettings {
  std::vector<ScriptAlias> aliases;  // configuration order
  std::vector<Preload> imports;      // WSGIImportScript, and aliases that name both groups
  std::vector<DaemonDeclaration> daemons;
  GlobalSettings global;  // meaningful in the base server only
  std::vector<Notice> notices;
};

// How Python starts in the processes of a group: the server's settings as far as they apply to
// daemons, the group's own where it has them (directives.md, 6). Children use global.python.
PythonSettings python_of_daemon(const GlobalSettings& global, const DaemonOptions& options);

}  // namespace wsgi::config
