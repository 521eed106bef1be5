// SPDX-License-Identifier: Apache-2.0
#include "apache/group_settings.h"

#include <dlfcn.h>
#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "apache/server_config.h"
#include "config/codec.h"
#include "config/interpreter_switches.h"
#include "config/root.h"
#include "config/runtimes.h"
#include "transport/frame.h"

namespace wsgi::apache {
namespace {

// Where this module was installed: PREFIX/lib*/apache2/modules/mod_wsgi.so (or httpd/modules).
std::string prefix() {
  Dl_info info{};
  if (dladdr(&wsgi_module, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  auto path = std::filesystem::canonical(info.dli_fname, error);
  for (int up = 0; up < 4 && !error; ++up) path = path.parent_path();
  return error ? std::string() : path.string();
}

std::vector<config::Runtime> installed(const config::GlobalSettings& global) {
  return config::list_runtimes(
      config::runtime_folders(global.runtime_path, prefix(), transport::kIpcVersion));
}

Result<config::Runtime> runtime_of(const config::GlobalSettings& global,
                                   const config::DaemonOptions& options,
                                   std::span<const config::Runtime> known) {
  const std::string home = !options.python_home.empty() ? options.python_home : global.python.home;
  config::RuntimeRequest request;
  request.group = options.name;
  request.python = options.python;
  request.home = home;
  request.home_facts = config::read_home(home);
  request.server_wide = global.python_runtime;
  request.first_built = WSGI_FIRST_PYTHON;
  WSGI_ASSIGN(config::RuntimeChoice choice, config::choose_runtime(request, known));
  WSGI_TRY(config::check_runtime_file(choice.runtime.daemon, ::geteuid()));
  return std::move(choice.runtime);
}

config::RuntimeRequest embedded_request(const config::GlobalSettings& global) {
  config::RuntimeRequest request;
  request.home = global.python.home;
  request.home_facts = config::read_home(global.python.home);
  request.server_wide = global.python_runtime;
  request.first_built = WSGI_FIRST_PYTHON;
  return request;
}

std::vector<std::string> script_targets(const std::vector<server_rec*>& servers) {
  std::vector<std::string> targets;
  for (const server_rec* s : servers) {
    for (const ScriptAlias& alias : server_config(s).aliases) {
      if (!alias.expression) targets.emplace_back(alias.target);
    }
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

config::ApacheFacts apache_facts() {
  ap_version_t version{};
  ap_get_server_revision(&version);
  config::ApacheFacts facts;
  facts.version = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                  std::to_string(version.patch);
  facts.description = ap_get_server_description();
  facts.mpm_name = ap_show_mpm();
  facts.build_date = ap_get_server_built();
  ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &facts.maximum_processes);
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &facts.threads_per_process);
  facts.maximum_processes = std::max(facts.maximum_processes, 1);
  facts.threads_per_process = std::max(facts.threads_per_process, 1);  // prefork says 0
  return facts;
}

// What the group loads before requests ask for it, where it sees the files.
void add_scripts(server_rec* main, const std::vector<server_rec*>& servers,
                 supervisor::GroupSettings& s, Log& log) {
  const std::string& root = s.options.chroot;
  for (const auto& script : preloads(main, s.options.name)) {
    if (const auto seen = config::inside_root(root, script.script)) {
      s.imports.push_back({std::string(*seen), std::string(script.application_group)});
    } else {
      log.message(ErrorId::chroot_script, "process group '" + s.options.name + "': the script '" +
                                              std::string(script.script) +
                                              "' is outside the root directory '" + root +
                                              "' and is not imported");
    }
  }
  for (const std::string& target : script_targets(servers)) {
    if (const auto seen = config::inside_root(root, target)) s.targets.emplace_back(*seen);
  }
}

// Everything but the runtime.
supervisor::GroupSettings settings_of(const DeclaredGroup& group, server_rec* main,
                                      const std::vector<server_rec*>& servers, Log& log) {
  const auto& global = server_config(main).own.global;
  supervisor::GroupSettings s;
  s.options = *group.options;
  s.python = config::python_of_daemon(global, *group.options);
  s.server = static_cast<std::uint32_t>(std::find(servers.begin(), servers.end(), group.server) -
                                        servers.begin());
  const char* name = group.server->server_hostname;
  s.server_name = name != nullptr ? name : "";
  s.apache = apache_facts();
  s.log_level = static_cast<Level>(ap_get_server_module_loglevel(group.server, APLOG_MODULE_INDEX));
  s.socket_timeout_ms = group.options->socket_timeout > 0
                            ? saturated_ms(group.options->socket_timeout)
                            : static_cast<std::uint32_t>(std::min<apr_interval_time_t>(
                                  group.server->timeout / 1000, INT32_MAX));
  s.case_sensitive = global.case_sensitivity.value_or(true);
  s.server_uid = ap_unixd_config.user_id;
  add_scripts(main, servers, s, log);
  return s;
}

// -X defines DEBUG; the MPMs take either word.
bool one_process() {
  return ap_exists_config_define("DEBUG") != 0 || ap_exists_config_define("ONE_PROCESS") != 0;
}

}  // namespace

std::vector<server_rec*> servers_of(server_rec* main) {
  std::vector<server_rec*> servers;
  for (server_rec* s = main; s != nullptr; s = s->next) servers.push_back(s);
  return servers;
}

std::vector<supervisor::GroupSettings> group_settings(server_rec* main, Log& log) {
  const auto& global = server_config(main).own.global;
  const auto known = installed(global);
  const auto servers = servers_of(main);
  std::vector<supervisor::GroupSettings> all;
  for (const DeclaredGroup& group : declared_groups(main)) {
    auto s = settings_of(group, main, servers, log);
    auto runtime = runtime_of(global, s.options, known);
    if (runtime) {
      s.runtime_path = runtime->daemon;
      s.runtime = Fd(::open(s.runtime_path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!s.runtime) s.problem = describe({ErrorId::cfg_runtime_missing, s.runtime_path, errno});
    } else {
      s.problem = runtime.error().text;
    }
    if (!s.problem.empty()) log.message(ErrorId::cfg_runtime_missing, s.problem);
    all.push_back(std::move(s));
  }
  return all;
}

Status check_runtimes(server_rec* main) {
  const auto& global = server_config(main).own.global;
  const auto known = installed(global);
  for (const DeclaredGroup& group : declared_groups(main)) {
    if (auto runtime = runtime_of(global, *group.options, known); !runtime) {
      return std::move(runtime).error();
    }
  }
  return ok();
}

std::string shown_python(server_rec* main) {
  const auto& global = server_config(main).own.global;
  const auto known = installed(global);
  std::string version;
  if (auto choice = config::choose_runtime(embedded_request(global), known)) {
    version = choice->runtime.version;
  }
  for (const DeclaredGroup& group : declared_groups(main)) {
    if (!version.empty()) break;
    if (auto runtime = runtime_of(global, *group.options, known)) version = runtime->version;
  }
  if (version.ends_with('t')) version.pop_back();
  return version;
}

void check_switches(server_rec* main, Log& log) {
  const auto& global = server_config(main).own.global;
  const auto known = installed(global);
  std::vector<config::PythonUser> users;
  if (!global.restrict_embedded.value_or(false)) {
    if (auto choice = config::choose_runtime(embedded_request(global), known, true)) {
      users.push_back({"", choice->runtime.version});
    }
  }
  for (const DeclaredGroup& group : declared_groups(main)) {
    if (auto runtime = runtime_of(global, *group.options, known)) {
      users.push_back({group.options->name, runtime->version});
    }
  }
  for (const auto& notice : config::switches_without_effect(global.python, users)) {
    log.message(notice.id, notice.text);
  }
}

EmbeddedPlan embedded_plan(server_rec* main) {
  const auto& global = server_config(main).own.global;
  EmbeddedPlan plan;
  auto choice = config::choose_runtime(embedded_request(global), installed(global), true);
  if (!choice) {
    plan.problem = choice.error().text;
    return plan;
  }
  if (Status safe = config::check_runtime_file(choice->runtime.embedded, ::geteuid()); !safe) {
    plan.problem = safe.error().text;
    return plan;
  }
  plan.library = choice->runtime.embedded;
  config::EmbeddedSettings settings{global.python, global.case_sensitivity.value_or(true),
                                    global.server_metrics.value_or(false), one_process(),
                                    apache_facts()};
  config::Encoder encoder;
  encoder(settings);
  plan.settings = encoder.take();
  return plan;
}

}  // namespace wsgi::apache
