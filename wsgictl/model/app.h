// SPDX-License-Identifier: Apache-2.0
// The typed model of a definition: plain structs, one member per YAML key, filled by model/decode
// from the table in model/keys. Every value carries the place where it was written. Names are
// unique, scalars are inside their ranges; what needs two keys to judge is check/'s job.
// Units: durations are whole seconds, sizes bytes; `text` keeps what the author wrote.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diag/diagnostic.h"

namespace wsgictl::model {

// One scalar. Not given: `value` is the default of the table, `mark` is empty.
template <typename T>
struct Value {
  T value{};
  std::string text;  // as written: "5m"
  diag::Mark mark;
  bool given = false;
};
using Text = Value<std::string>;
using Integer = Value<std::int64_t>;
using Boolean = Value<bool>;

struct Key;

// A checked scalar on its way to its member, or kept as a setting.
struct Parsed {
  std::string text;         // as written; of texts the value itself
  std::int64_t number = 0;  // integer, duration, size
  bool flag = false;
  diag::Mark mark;
  bool given = true;
  const Key* row = nullptr;  // of the table; set by the decoder
};

// Values that become a directive of their own just as they are; the row says which. Of a list, one
// element each.
using Settings = std::vector<Parsed>;

// A directive of Apache that no key stands for.
struct ExtraDirective {
  Text directive;
  std::vector<Text> arguments;
  diag::Mark mark;
};
using ExtraDirectives = std::vector<ExtraDirective>;

struct Variable {
  Text name;
  Text value;  // of an environment variable: sensitive, never printed
};

struct Python {
  Text home;               // virtual environment or installation prefix
  std::vector<Text> path;  // folders put in front of sys.path
  Text version;            // "3.13"; "" = as the home says
};

// One daemon process group; names and meanings as in WSGIDaemonProcess.
struct Daemon {
  Text user, group, home, umask, lang, locale, display_name;
  Integer processes, threads, stack_size, listen_backlog;
  Boolean overlap;
  Integer maximum_requests, restart_interval, inactivity_timeout, startup_timeout;
  Integer request_timeout, interrupt_timeout, deadlock_timeout;
  Integer graceful_timeout, eviction_timeout, shutdown_timeout;
  Integer connect_timeout, socket_timeout, queue_timeout;
  Integer cpu_time_limit, cpu_priority, memory_limit, virtual_memory_limit;
  Text supplementary_groups, chroot, python_eggs, script_user, script_group;
  Integer switch_interval, response_socket_timeout, response_flush_delay;  // ms, s, ms
  Integer send_buffer_size, receive_buffer_size, header_buffer_size, response_buffer_size;
  Boolean server_metrics;
};

// How to see that an application answers.
struct Health {
  Text path;                    // "/healthz"; default "/"
  std::vector<Integer> status;  // any of these is good; empty = anything below 500
  Integer deadline;             // over all tries, seconds
  Text host;                    // Host header; "" = name of the first site that routes to the app
};

// A background process of an application: same user, Python and environment, no requests.
struct Worker {
  Text name;
  diag::Mark mark;
  Text script;
  Integer processes;
};

struct App {
  Text name;
  diag::Mark mark;        // of the whole block
  Text script;            // a .wsgi or .py file; or else:
  Text module, callable;  // dotted module; name in it (callable applies to scripts as well)
  Text run;               // system, instance
  Integer port;           // of an instance, on the loopback address
  Python python;
  std::vector<Variable> env;
  Text env_file;
  Daemon daemon;
  Health health;
  bool has_health = false;
  std::vector<Worker> workers;
  Settings interpreter;  // of <WSGIInterpreterOptions>

  // An Apache of its own under its own user, to which the sites proxy.
  bool is_instance() const { return run.value == "instance"; }
};

struct Tls {
  Text certificate, key, profile;  // profile: modern, intermediate, old
  Text acme_contact, acme_authority;
  bool has_acme = false;
  Boolean hsts;
};

// Who may use a route.
struct Access {
  Text type, realm;                     // type: basic, digest
  Text users_file, groups_file;         // of Apache's own providers
  Text password_script, groups_script;  // of the WSGI providers
  Text host_script;                     // WSGIAccessScript
  std::vector<Text> users, groups, networks;
  Text satisfy;  // all, any
};

enum class RouteKind { app, directory, redirect, proxy, file };

// What answers below one URL path of a site.
struct Route {
  Text path;
  diag::Mark mark;
  RouteKind kind = RouteKind::app;  // says which of these is given
  Text app, directory, redirect, proxy, file;
  Integer cache;   // of a directory or file: seconds; not given = no header
  Integer status;  // of a redirect
  Boolean websockets;
  Integer timeout;  // of a proxy
  Access access;
  bool has_access = false;
  Settings settings;
  ExtraDirectives extra_directives;
};

struct Site {
  Text name;  // the server name
  diag::Mark mark;
  std::vector<Text> aliases;
  std::vector<Text> listen;  // "8080", "127.0.0.1:8080", "[::1]:8080"; empty = 80, with tls 443
  Tls tls;
  bool has_tls = false;
  Boolean redirect_to_tls;
  Text authorization_header;  // application, apache
  std::vector<Text> behind_proxy;
  std::vector<Route> routes;
  std::vector<Variable> headers, request_headers;
  std::vector<Text> remove_headers, compression;
  std::vector<Variable> error_documents;
  Text error_log, access_log, log_format;
  Settings settings;
  ExtraDirectives extra_directives;
};

// What holds for the whole server.
struct Server {
  Boolean restrict_embedded;
  Settings settings;
  ExtraDirectives extra_directives;
};

struct Definition {
  std::vector<std::string> files;  // as they were read
  Integer version;
  Server server;
  std::vector<App> apps;    // in the order written
  std::vector<Site> sites;  // in the order written
};

}  // namespace wsgictl::model
