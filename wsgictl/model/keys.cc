// SPDX-License-Identifier: Apache-2.0
// The rows of the table; see keys.h. Sources of ranges and defaults: directives.md of the
// specification, section 5; defaults of ours are marked so in their help.
#include "model/keys.h"

#include <algorithm>

#include "model/slots.h"

namespace wsgictl::model {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kYear = 366 * kDay;
constexpr std::int64_t kPebi = std::int64_t{1} << 50;

// The table is laid out by hand: one row, a few lines.
// clang-format off
#define SLOT(member) .store = into<&member>, .load = from<&member>
#define D(name) "apps.*.daemon." #name
#define WDP(option) "WSGIDaemonProcess " option "="
#define LIMIT(name, option, fallback_, help_)                                                 \
  {.path = D(name), .type = Type::duration, .help = help_, .fallback = fallback_,             \
   .directive = WDP(option), .example = "30s", .min = 0, .max = kYear,                        \
   SLOT(Daemon::name)}

constexpr Key kKeys[] = {
    {.path = "version", .type = Type::integer,
     .help = "Version of the format. This wsgictl reads version 1.", .example = "1", .min = 1,
     .max = 1, .required = true, .store = into<&Definition::version>},

    {.path = "apps", .type = Type::map,
     .help = "Applications, each with a daemon process group of its own.",
     .names = Type::app_name, .add = element<&Definition::apps, &App::name>},
    {.path = "apps.*", .help = "One Python application."},
    {.path = "apps.*.script", .type = Type::path,
     .help = "File that defines the WSGI callable.", .directive = "WSGIScriptAlias",
     .example = "/srv/shop/shop/wsgi.py", .exclusive = true, .store = into<&App::script>},
    {.path = "apps.*.module", .type = Type::python_module,
     .help = "Module that holds the WSGI callable, in place of a script; wsgictl writes a script "
             "that imports it.",
     .directive = "WSGIScriptAlias", .example = "shop.wsgi", .exclusive = true,
     .store = into<&App::module>},
    {.path = "apps.*.callable", .type = Type::python_name,
     .help = "Name of the WSGI callable in the script or module.", .fallback = "application",
     .directive = "WSGIScriptAlias callable-object=", .example = "app",
     .store = into<&App::callable>},

    {.path = "apps.*.python", .help = "Which Python, and where it looks for modules.",
     .implied = true, .enter = member<&App::python>},
    {.path = "apps.*.python.home", .type = Type::path,
     .help = "Virtual environment or installation prefix. Its pyvenv.cfg picks the version.",
     .directive = WDP("python-home"), .example = "/srv/shop/venv", .store = into<&Python::home>},
    {.path = "apps.*.python.path", .type = Type::list_path,
     .help = "Folders put in front of sys.path.", .directive = WDP("python-path"),
     .example = "[/srv/shop]", .shape = Shape::list, .store = into<&Python::path>},
    {.path = "apps.*.python.version", .type = Type::python_version,
     .help = "Version to insist on, in quotes. Without it the home decides, else the newest "
             "installed runtime.",
     .directive = WDP("python"), .example = "\"3.13\"", .store = into<&Python::version>},

    {.path = "apps.*.env", .type = Type::map,
     .help = "Environment variables of the application, set before Python starts. They go to a "
             "file that only root reads, never to Apache's configuration.",
     .directive = WDP("environment-file"), .example = "{DJANGO_SETTINGS_MODULE: shop.settings}",
     .names = Type::variable_name, .add = element<&App::env, &Variable::name>},
    {.path = "apps.*.env.*", .type = Type::value, .help = "Value of the variable.",
     .store = into<&Variable::value>},
    {.path = "apps.*.env_file", .type = Type::list_path,
     .help = "File of NAME=VALUE lines, set before Python starts, after env. Read by root; mode "
             "0600.",
     .directive = WDP("environment-file"), .example = "/etc/shop/secrets.env",
     .store = into<&App::env_file>},

    {.path = "apps.*.daemon", .help = "The daemon process group that runs the application.",
     .implied = true, .enter = member<&App::daemon>},
    {.path = D(user), .type = Type::account,
     .help = "User that the application runs as. Not given: Apache's user.",
     .directive = WDP("user"), .example = "shop", SLOT(Daemon::user)},
    {.path = D(group), .type = Type::account,
     .help = "Group that the application runs as. Not given: the group named as the user.",
     .directive = WDP("group"), .example = "shop", SLOT(Daemon::group)},
    {.path = D(processes), .type = Type::integer, .help = "Number of processes.",
     .fallback = "1", .directive = WDP("processes"), .example = "2", .min = 1, .max = 1000,
     SLOT(Daemon::processes)},
    {.path = D(threads), .type = Type::integer,
     .help = "Threads of each process: requests that one process serves at once.",
     .fallback = "15", .directive = WDP("threads"), .example = "15", .min = 1, .max = 10000,
     SLOT(Daemon::threads)},
    {.path = D(display_name), .type = Type::text,
     .help = "Title of the processes. %{GROUP} becomes (wsgi:NAME).", .fallback = "%{GROUP}",
     .directive = WDP("display-name"), SLOT(Daemon::display_name)},
    {.path = D(home), .type = Type::path,
     .help = "Working folder, also put in front of sys.path. Not given: the first python.path, "
             "else the folder of the script.",
     .directive = WDP("home"), .example = "/srv/shop", SLOT(Daemon::home)},
    {.path = D(umask), .type = Type::octal, .help = "File mode creation mask.",
     .directive = WDP("umask"), .example = "\"027\"", SLOT(Daemon::umask)},
    {.path = D(lang), .type = Type::locale, .help = "LANG of the processes.",
     .fallback = "C.UTF-8", .directive = WDP("lang"), SLOT(Daemon::lang)},
    {.path = D(locale), .type = Type::locale, .help = "LC_ALL and C locale of the processes.",
     .fallback = "C.UTF-8", .directive = WDP("locale"), SLOT(Daemon::locale)},
    LIMIT(request_timeout, "request-timeout", "0s",
          "Longest time of a request before the process is restarted, for one thread; with more "
          "threads, longer by 1 + ln(threads). 0s: no limit."),
    LIMIT(interrupt_timeout, "interrupt-timeout", "0s",
          "After request_timeout the request is interrupted by an exception first, and the process "
          "is restarted only if it still runs after this time. 0s: restarted at once."),
    LIMIT(queue_timeout, "queue-timeout", "0s",
          "A request that waited longer than this for a thread is answered 504. 0s: no limit."),
    LIMIT(connect_timeout, "connect-timeout", "15s",
          "How long Apache tries to reach a process before it answers 503."),
    LIMIT(socket_timeout, "socket-timeout", "0s",
          "Longest silence between Apache and a process. 0s: Apache's Timeout."),
    LIMIT(startup_timeout, "startup-timeout", "0s",
          "A process that has not loaded the application after this time is restarted. 0s: no "
          "limit."),
    LIMIT(inactivity_timeout, "inactivity-timeout", "0s",
          "A process without requests for this long is stopped. 0s: never."),
    LIMIT(deadlock_timeout, "deadlock-timeout", "300s",
          "A process in which no Python code could run for this long is restarted. 0s: never."),
    LIMIT(graceful_timeout, "graceful-timeout", "15s",
          "How long a process that is to be replaced may finish its requests."),
    LIMIT(eviction_timeout, "eviction-timeout", "0s",
          "The same for a replacement asked for by signal. 0s: as graceful_timeout."),
    LIMIT(shutdown_timeout, "shutdown-timeout", "5s",
          "How long a process may take to stop before it is killed. 0s: for ever."),
    LIMIT(restart_interval, "restart-interval", "0s",
          "Processes are replaced when they are this old. 0s: never."),
    {.path = D(maximum_requests), .type = Type::integer,
     .help = "Processes are replaced after this many requests. 0: never.", .fallback = "0",
     .directive = WDP("maximum-requests"), .example = "10000", .min = 0, .max = 1000000000,
     SLOT(Daemon::maximum_requests)},
    {.path = D(memory_limit), .type = Type::size,
     .help = "Limit on the data of each process (RLIMIT_DATA). 0B: none.", .fallback = "0B",
     .directive = WDP("memory-limit"), .example = "512MiB", .min = 0, .max = kPebi,
     SLOT(Daemon::memory_limit)},
    {.path = D(virtual_memory_limit), .type = Type::size,
     .help = "Limit on the address space of each process (RLIMIT_AS). 0B: none.",
     .fallback = "0B", .directive = WDP("virtual-memory-limit"), .example = "4GiB", .min = 0,
     .max = kPebi, SLOT(Daemon::virtual_memory_limit)},
    LIMIT(cpu_time_limit, "cpu-time-limit", "0s",
          "CPU time after which a process is replaced. 0s: no limit."),
    {.path = D(cpu_priority), .type = Type::integer, .help = "Nice value of the processes.",
     .fallback = "0", .directive = WDP("cpu-priority"), .example = "5", .min = -20, .max = 20,
     SLOT(Daemon::cpu_priority)},
    {.path = D(stack_size), .type = Type::size,
     .help = "Stack of each thread. Not given: the system's.", .directive = WDP("stack-size"),
     .example = "1MiB", .min = 16384, .max = std::int64_t{1} << 30,
     SLOT(Daemon::stack_size)},
    {.path = D(listen_backlog), .type = Type::integer,
     .help = "Requests that may wait for a thread before Apache answers 503.",
     .fallback = "100", .directive = WDP("listen-backlog"), .example = "200", .min = 0,
     .max = 1000000, SLOT(Daemon::listen_backlog)},
    {.path = D(overlap), .type = Type::boolean,
     .help = "A process is replaced before it leaves. false: it leaves first, which needs less "
             "memory.",
     .fallback = "true", .directive = WDP("overlap"), SLOT(Daemon::overlap)},

    {.path = "apps.*.health", .help = "How to see that the application answers, asked after every "
                                      "apply.",
     .implied = true, .enter = optional_member<&App::health, &App::has_health>},
    {.path = "apps.*.health.path", .type = Type::request_path, .help = "What to ask for.",
     .fallback = "/", .example = "/healthz", .store = into<&Health::path>},
    {.path = "apps.*.health.status", .type = Type::integer,
     .help = "Status, or list of them, that is good. Not given: any below 500.",
     .example = "200", .min = 100, .max = 599, .shape = Shape::one_or_list,
     .store = into<&Health::status>},
    {.path = "apps.*.health.deadline", .type = Type::duration,
     .help = "How long the application may take to become healthy.", .fallback = "30s",
     .example = "30s", .min = 1, .max = kDay, .store = into<&Health::deadline>},
    {.path = "apps.*.health.host", .type = Type::host_name,
     .help = "Host to ask for. Not given: the first site that leads to the application.",
     .example = "shop.example.com", .store = into<&Health::host>},

    {.path = "sites", .type = Type::map, .help = "Web sites, by server name.",
     .directive = "ServerName", .names = Type::host_name,
     .add = element<&Definition::sites, &Site::name>},
    {.path = "sites.*", .help = "One site: a server name and what answers below it."},
    {.path = "sites.*.aliases", .type = Type::host_pattern,
     .help = "Further names of the site; *.example.com is allowed.", .directive = "ServerAlias",
     .example = "[www.shop.example.com]", .shape = Shape::list, .store = into<&Site::aliases>},
    {.path = "sites.*.listen", .type = Type::listen,
     .help = "Ports, or addresses with ports, that the site is served on. Not given: 80, and 443 "
             "with tls.",
     .directive = "Listen, <VirtualHost>", .example = "[8080, \"127.0.0.1:8081\"]",
     .shape = Shape::one_or_list, .store = into<&Site::listen>},
    {.path = "sites.*.tls", .help = "Certificate and protocol of the site.",
     .enter = optional_member<&Site::tls, &Site::has_tls>},
    {.path = "sites.*.tls.certificate", .type = Type::path,
     .help = "Certificate, with the intermediate ones behind it, PEM.",
     .directive = "SSLCertificateFile", .example = "/etc/ssl/shop.pem", .required = true,
     .store = into<&Tls::certificate>},
    {.path = "sites.*.tls.key", .type = Type::path, .help = "Private key, PEM, not encrypted.",
     .directive = "SSLCertificateKeyFile", .example = "/etc/ssl/private/shop.key",
     .required = true, .store = into<&Tls::key>},
    {.path = "sites.*.tls.profile", .type = Type::choice,
     .help = "Protocols and ciphers, after Mozilla's server-side TLS guideline.",
     .fallback = "intermediate", .directive = "SSLProtocol, SSLCipherSuite",
     .choices = "modern intermediate old", .store = into<&Tls::profile>},
    {.path = "sites.*.tls.hsts", .type = Type::boolean,
     .help = "Tell browsers to use TLS only, for two years.", .fallback = "false",
     .directive = "Header always set Strict-Transport-Security", .store = into<&Tls::hsts>},
    {.path = "sites.*.redirect_to_tls", .type = Type::boolean,
     .help = "Port 80 redirects to TLS. false: it serves the same content. Default with tls: "
             "true.",
     .directive = "RedirectMatch 308", .example = "true",
     .store = into<&Site::redirect_to_tls>},
    {.path = "sites.*.authorization_header", .type = Type::choice,
     .help = "Who sees the Authorization header: the application, or Apache alone.",
     .fallback = "apache", .directive = "WSGIScriptAlias pass-authorization=",
     .choices = "application apache", .store = into<&Site::authorization_header>},
    {.path = "sites.*.behind_proxy", .type = Type::network,
     .help = "Addresses of proxies in front whose X-Forwarded headers are believed.",
     .directive = "WSGITrustedProxies", .example = "[10.0.0.0/8]", .shape = Shape::list,
     .store = into<&Site::behind_proxy>},

    {.path = "sites.*.routes", .type = Type::map,
     .help = "What answers, by URL path. The longest path that matches wins.",
     .names = Type::url_path, .required = true, .add = element<&Site::routes, &Route::path>},
    {.path = "sites.*.routes.*", .help = "What answers below one URL path: exactly one of app, "
                                         "directory, file, redirect and proxy."},
    {.path = "sites.*.routes.*.app", .type = Type::app_name, .help = "An application.",
     .directive = "WSGIScriptAlias", .example = "shop", .exclusive = true,
     .store = route_into<&Route::app, RouteKind::app>},
    {.path = "sites.*.routes.*.directory", .type = Type::path,
     .help = "A folder, served by Apache itself.", .directive = "Alias",
     .example = "/srv/shop/static", .exclusive = true,
     .store = route_into<&Route::directory, RouteKind::directory>},
    {.path = "sites.*.routes.*.file", .type = Type::path, .help = "One file.",
     .directive = "Alias", .example = "/srv/shop/static/favicon.ico", .exclusive = true,
     .store = route_into<&Route::file, RouteKind::file>},
    {.path = "sites.*.routes.*.cache", .type = Type::duration,
     .help = "How long browsers may keep the files.", .directive = "Header set Cache-Control",
     .example = "30d", .needs = "directory file", .min = 0, .max = kYear,
     .store = into<&Route::cache>},
    {.path = "sites.*.routes.*.redirect", .type = Type::location,
     .help = "Path or URL to send the browser to, from this path and all below it.",
     .directive = "RedirectMatch", .example = "/new", .exclusive = true,
     .store = route_into<&Route::redirect, RouteKind::redirect>},
    {.path = "sites.*.routes.*.status", .type = Type::integer,
     .help = "Status of the redirect.", .fallback = "308", .choices = "301 302 303 307 308",
     .needs = "redirect", .min = 301, .max = 308, .store = into<&Route::status>},
    {.path = "sites.*.routes.*.proxy", .type = Type::proxy_url,
     .help = "Another server that the requests are passed to.", .directive = "ProxyPass",
     .example = "\"http://127.0.0.1:8002\"", .exclusive = true,
     .store = route_into<&Route::proxy, RouteKind::proxy>},
};

#undef D
#undef SLOT
#undef WDP
#undef LIMIT
// clang-format on

std::string_view parent(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

}  // namespace

std::span<const Key> keys() { return kKeys; }

const Key* find_key(std::string_view path) {
  for (const Key& key : kKeys)
    if (key.path == path) return &key;
  return nullptr;
}

std::string_view last_word(std::string_view path) { return path.substr(path.rfind('.') + 1); }

std::string plain_path(std::string_view path) {
  std::string out(path);
  for (std::size_t at; (at = out.find(".*")) != std::string::npos;) out.erase(at, 2);
  return out;
}

std::vector<const Key*> children(std::string_view path) {
  std::vector<const Key*> found;
  for (const Key& key : kKeys)
    if (parent(key.path) == path && last_word(key.path) != "*") found.push_back(&key);
  return found;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

namespace {

// PATTERN has * where WORDS has any name.
bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::size_t p = std::min(pattern.find('.'), pattern.size());
    const std::size_t w = std::min(path.find('.'), path.size());
    if (pattern.substr(0, p) != "*" && pattern.substr(0, p) != path.substr(0, w)) return false;
    pattern.remove_prefix(std::min(p + 1, pattern.size()));
    path.remove_prefix(std::min(w + 1, path.size()));
  }
  return pattern.empty() && path.empty();
}

}  // namespace

const Key* find_key_for_person(std::string_view text) {
  for (const Key& key : kKeys)
    if (last_word(key.path) != "*" && (plain_path(key.path) == text || matches(key.path, text)))
      return &key;
  const Key* found = nullptr;
  for (const Key& key : kKeys) {
    if (last_word(key.path) == "*") continue;
    const std::string path = plain_path(key.path);
    if (!path.ends_with("." + std::string(text))) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

}  // namespace wsgictl::model
