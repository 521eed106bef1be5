// SPDX-License-Identifier: Apache-2.0
// The rows: every directive of the module, in the order of the reference page. The column `Effect`
// is the one list of what is accepted and checked but not acted on.
#include "config/setters.h"

namespace wsgi::config {
namespace {

using D = DirSettings;
using G = GlobalSettings;
using P = PythonSettings;
using I = InterpreterOptions;

// Contexts as in directives.md, section 0.
constexpr Context kG = Context::global, kS = Context::server, kD = Context::directory,
                  kF = Context::file_info, kA = Context::auth;
constexpr bool kInside = true, kOutside = false;  // may stand in <WSGIInterpreterOptions>
constexpr std::string_view kSwitch = "On|Off";

// On | Off of the directory, the base server or an interpreter section.
template <auto Member>
constexpr Directive flag(std::string_view name, Context context, std::string_view fallback,
                         std::string_view help, Effect effect = Effect::now,
                         std::string_view remark = {}) {
  constexpr bool kSection = std::is_same_v<typename MemberOf<decltype(Member)>::Class, I>;
  return {name,    Args::flag, context, kSection, set_flag<Member>,
          kSwitch, fallback,   help,    effect,   remark};
}

// One name.
template <auto Member>
constexpr Directive name(std::string_view directive, Context context, std::string_view syntax,
                         std::string_view fallback, std::string_view help,
                         Effect effect = Effect::now, std::string_view remark = {}) {
  return {directive, Args::one, context, kOutside, set_name<Member>,
          syntax,    fallback,  help,    effect,   remark};
}

// A script that runs in Apache's children.
template <auto Member>
constexpr Directive hook(std::string_view directive, Context context, std::string_view help) {
  return {directive,
          Args::raw,
          context,
          kOutside,
          set_hook_script<Member>,
          "path [application-group=N]",
          "none",
          help};
}

constexpr Directive kTable[] = {
    // scripts
    {"WSGIScriptAlias", Args::raw, kS, kOutside, add_alias,
     "URL-path file-or-directory [process-group=N] [application-group=N] [callable-object=N] "
     "[pass-authorization=On|Off]",
     "none", "Maps a URL path to a WSGI script or a directory of scripts."},
    {"WSGIScriptAliasMatch", Args::raw, kS, kOutside, add_alias_match,
     "regex file-or-directory [process-group=N] [application-group=N] [callable-object=N] "
     "[pass-authorization=On|Off]",
     "none", "Maps URL paths that match an expression; $0 to $9 in the file name."},
    {"WSGIHandlerScript", Args::raw, kD, kOutside, add_handler_script,
     "name path [process-group=N] [application-group=N] [pass-authorization=On|Off]", "none",
     "Defines an Apache handler that is a script."},
    hook<&D::dispatch_script>("WSGIDispatchScript", kD,
                              "Script that chooses groups and callable for each request."),
    name<&D::callable_object>("WSGICallableObject", kF, "name", "application",
                              "Name of the callable in the script."),
    {"WSGIImportScript", Args::raw, kS, kOutside, add_import_script,
     "path process-group=N application-group=N", "none",
     "Script that is loaded when a process of the group starts."},
    flag<&D::script_reloading>("WSGIScriptReloading", kF, "On",
                               "Whether a changed script file is noticed."),
    flag<&G::case_sensitivity>("WSGICaseSensitivity", kG, "On",
                               "Whether names of script files are case-sensitive."),
    // where code runs
    name<&D::process_group>("WSGIProcessGroup", kD, "name", "%{GLOBAL}",
                            "Daemon group that serves; %{GLOBAL} is embedded mode."),
    name<&D::application_group>("WSGIApplicationGroup", kD, "name", "%{RESOURCE}",
                                "Interpreter that serves; %{GLOBAL} is the main one."),
    {"WSGIRestrictProcess", Args::any, kD, kOutside, set_restrict_process, "name ...",
     "no restriction", "The only process groups that may serve."},
    flag<&G::restrict_embedded>("WSGIRestrictEmbedded", kG, "Off",
                                "On: nothing runs in Apache's own processes."),
    {"WSGIDaemonProcess", Args::raw, kS, kOutside, add_daemon_process, "name [option=value ...]",
     "none", "Defines a group of daemon processes."},
    name<&G::socket_prefix>("WSGISocketPrefix", kG, "path", "none", "Place of socket files.",
                            Effect::none, "there are no socket files"),
    flag<&G::socket_rotation>("WSGISocketRotation", kG, "On", "Names of socket files.",
                              Effect::none, "there are no socket files"),
    {"WSGIAcceptMutex", Args::one, kG, kOutside, set_mutex, "method", "none",
     "Serialisation of accept.", Effect::none, "requests are handed over without accept"},
    // Python
    name<&P::home>("WSGIPythonHome", kG, "directory", "none",
                   "Virtual environment or prefix of Python; daemons may have their own."),
    {"WSGIPythonPath", Args::one, kG, kInside, set_python_path, "directory[:directory...]", "none",
     "Directories for the front of sys.path in Apache's own processes."},
    name<&P::eggs>("WSGIPythonEggs", kG, "directory", "none",
                   "PYTHON_EGG_CACHE in Apache's own processes."),
    {"WSGIPythonOptimize", Args::one, kG, kOutside, set_optimize, "0|1|2", "0",
     "Optimisation level, as python -O."},
    {"WSGIPythonWarnings", Args::one, kG, kOutside, add_warning, "filter", "none",
     "Warning filter, as python -W; may be repeated."},
    {"WSGIPythonHashSeed", Args::one, kG, kOutside, set_hash_seed, "random|0..4294967295",
     "Python's own", "Seed of string hashing."},
    flag<&P::dont_write_bytecode>("WSGIDontWriteBytecode", kG, "Off",
                                  "On: no .pyc files are written."),
    {"WSGISwitchInterval", Args::one, kG, kInside, set_switch_interval, "seconds", "Python's own",
     "sys.setswitchinterval in Apache's own processes, or of an interpreter."},
    flag<&P::destroy_interpreter>("WSGIDestroyInterpreter", kG, "On",
                                  "Off: interpreters are not torn down at exit."),
    {"WSGIPythonRuntime", Args::one, kG, kOutside, set_runtime, "version",
     "the first that was built", "Python of all groups that do not choose one. Ours."},
    {"WSGIRuntimePath", Args::some, kG, kOutside, set_runtime_path, "directory ...",
     "lib/wsgictl/abi-N", "Directories to search for runtimes first. Ours."},
    // interpreters
    flag<&I::per_interpreter_gil>("WSGIPerInterpreterGIL", kG, "Off",
                                  "On: sub-interpreters have their own GIL (Python 3.12)."),
    {"WSGIFreeThreading", Args::flag, kG, kInside, set_free_threading, kSwitch, "Off",
     "On: no GIL, on a free-threaded Python."},
    {"<WSGIInterpreterOptions", Args::section, kG, kOutside, open_interpreter_options,
     "[process-group=N] [application-group=N]>", "none",
     "Settings of the interpreters that match."},
    flag<&I::restrict_stdin>("WSGIRestrictStdin", kG, "Off", "On: sys.stdin may not be used."),
    flag<&I::restrict_stdout>("WSGIRestrictStdout", kG, "Off", "On: sys.stdout may not be used."),
    flag<&I::restrict_signal>("WSGIRestrictSignal", kG, "On", "On: signal.signal does nothing."),
    // requests
    flag<&D::pass_authorization>("WSGIPassAuthorization", kF, "Off",
                                 "On: applications see the Authorization header."),
    flag<&D::chunked_request>("WSGIChunkedRequest", kF, "Off",
                              "On: requests without a length are accepted."),
    {"WSGIMapHEADToGET", Args::one, kF, kOutside, set_head_mapping, "On|Off|Auto", "Auto",
     "Whether applications see GET for HEAD."},
    flag<&D::error_override>("WSGIErrorOverride", kF, "Off",
                             "On: Apache's error documents replace those of daemons."),
    flag<&D::enable_sendfile>("WSGIEnableSendfile", kF, "Off",
                              "On: wsgi.file_wrapper may use sendfile."),
    flag<&D::ignore_activity>("WSGIIgnoreActivity", kF, "Off",
                              "On: requests do not count for inactivity-timeout."),
    flag<&D::pass_apache_request>("WSGIPassApacheRequest", kD, "Off",
                                  "On: embedded applications get apache.request_rec."),
    {"WSGITrustedProxyHeaders", Args::some, kF, kOutside, add_proxy_headers, "header ...", "none",
     "Headers of proxies that are believed."},
    {"WSGITrustedProxies", Args::some, kF, kOutside, add_proxies, "address[/mask] ...", "none",
     "Addresses of proxies that are believed."},
    // access
    hook<&D::access_script>("WSGIAccessScript", kA, "Script that allows or denies hosts."),
    hook<&D::auth_user_script>("WSGIAuthUserScript", kA, "Script that checks passwords."),
    hook<&D::auth_group_script>("WSGIAuthGroupScript", kA, "Script that lists groups of a user."),
    flag<&D::group_authoritative>("WSGIGroupAuthoritative", kA, "On", "Left over from Apache 2.2.",
                                  Effect::none, "it belongs to Apache before 2.4"),
    // metrics
    flag<&G::server_metrics>("WSGIServerMetrics", kG, "Off",
                             "On: mod_wsgi.server_metrics() works in Apache's own processes."),
    {"WSGITelemetryService", Args::some, kG, kOutside, set_telemetry_service,
     "unix:/path [interval=N]", "none", "Socket that gets reports.", Effect::none,
     "no reports are sent; mod_wsgi.request_metrics(), process_metrics() and events have the "
     "numbers"},
    {"WSGISlowRequests", Args::one, kG, kOutside, set_slow_requests, "seconds", "0",
     "Report requests slower than this.", Effect::none,
     "no reports are sent; subscribers to request_finished see the times of each request"},
    {"WSGITelemetryOptions", Args::some, kG, kOutside, set_telemetry_options,
     "[+|-]flag ... | None | All", "None", "What reports may contain.", Effect::none,
     "no reports are sent"},
    flag<&G::verbose_debugging>("WSGIVerboseDebugging", kG, "Off", "Does nothing.",
                                Effect::deprecated,
                                "it does nothing; use LogLevel wsgi:debug or wsgi:trace1"),
};

}  // namespace

std::span<const Directive> directive_table() { return kTable; }

}  // namespace wsgi::config
