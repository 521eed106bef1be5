// SPDX-License-Identifier: Apache-2.0
// When what happens: ARCHITECTURE.md, "Processes". First start: the generation starts in pre_mpm,
// since the scoreboard exists from then on; later in post_config. The Generations object lives on
// the heap and is found through the process pool, so it outlives every configuration.
#include "apache/lifecycle.h"

#include "apache/boundary.h"
#include "apache/commands.h"
#include "apache/group_settings.h"
#include "apache/log_sink.h"
#include "apache/process.h"
#include "apache/scoreboard.h"
#include "apache/server_config.h"
#include "supervisor/generations.h"

namespace wsgi::apache {
namespace {

using supervisor::Generations;

bool state_is(int state) { return ap_state_query(AP_SQ_MAIN_STATE) == state; }

apr_status_t stop_all(void* generations) noexcept {
  auto* all = static_cast<Generations*>(generations);
  all->stop();
  delete all;
  return APR_SUCCESS;
}

Generations* existing() {
  void* found = nullptr;
  apr_pool_userdata_get(&found, supervisor::kGenerationsKey, ap_server_conf->process->pool);
  return static_cast<Generations*>(found);
}

Generations& generations() {
  if (Generations* found = existing()) return *found;
  apr_pool_t* pool = ap_server_conf->process->pool;
  auto* fresh = new Generations;
  // setn, not set: the key is a constant of this module, which is never unmapped.
  apr_pool_userdata_setn(fresh, supervisor::kGenerationsKey, nullptr, pool);
  apr_pool_cleanup_register(pool, fresh, stop_all, apr_pool_cleanup_null);
  return *fresh;
}

// Logs of the servers, for the supervisor's own process, where the configuration never goes away.
class ServerLogs : public supervisor::Logs {
 public:
  explicit ServerLogs(server_rec* main) {
    for (server_rec* s : servers_of(main)) logs_.emplace_back(s);
  }
  Log& of(std::uint32_t server) override { return logs_[server < logs_.size() ? server : 0]; }

 private:
  std::vector<ServerLog> logs_;
};

std::vector<int> listeners() {
  std::vector<int> fds;
  for (ap_listen_rec* l = ap_listeners; l != nullptr; l = l->next) {
    apr_os_sock_t fd = -1;
    if (l->sd != nullptr && apr_os_sock_get(&fd, l->sd) == APR_SUCCESS) fds.push_back(fd);
  }
  return fds;
}

void watch(pid_t supervisor);

void take(const Result<pid_t>& supervisor, Log& log) {
  if (!supervisor) {
    log.fail(supervisor.error());
  } else if (*supervisor > 0) {
    watch(*supervisor);
  }
}

// A supervisor as httpd's other-child. In a pool of its own, below the process pool: httpd kills
// what is registered below the configuration pool three seconds into a restart.
struct Watched {
  apr_pool_t* pool;
  apr_proc_t process;
};

void supervisor_event(int reason, void* data, int status) noexcept {
  auto* watched = static_cast<Watched*>(data);
  // httpd says so while it ends its children, for a restart and for a stop alike.
  if (reason == APR_OC_REASON_RESTART && ap_unixd_mpm_get_retained_data()->shutdown_pending) {
    if (Generations* all = existing()) all->begin_stop();
  }
  if (reason != APR_OC_REASON_DEATH && reason != APR_OC_REASON_LOST) return;
  pid_t pid = watched->process.pid;
  apr_proc_other_child_unregister(data);
  apr_pool_destroy(watched->pool);
  Generations* all = existing();
  if (all == nullptr) return;
  try {
    ServerLog log(ap_server_conf);
    take(all->on_exit(pid, status, log), log);
  } catch (...) {
    log_thrown();
  }
}

void watch(pid_t supervisor) {
  apr_pool_t* pool = nullptr;
  apr_pool_create(&pool, ap_server_conf->process->pool);
  auto* watched = static_cast<Watched*>(apr_pcalloc(pool, sizeof(Watched)));
  watched->pool = pool;
  watched->process.pid = supervisor;
  apr_proc_other_child_register(&watched->process, supervisor_event, watched, nullptr, pool);
}

apr_status_t retire(void*) noexcept {
  if (Generations* all = existing()) all->retire();
  return APR_SUCCESS;
}

Status start_generation(server_rec* main) {
  supervisor::Surroundings surroundings;
  surroundings.logs = std::make_unique<ServerLogs>(main);
  surroundings.listeners = listeners;
  surroundings.scoreboard = encoded_scoreboard;
  WSGI_ASSIGN(pid_t pid,
              generations().start(std::move(process().pending), std::move(surroundings)));
  process().pending.clear();
  if (pid > 0) watch(pid);
  return ok();
}

transport::ClientOptions client_options(const supervisor::GroupSettings& s) {
  using std::chrono::milliseconds;
  const config::DaemonOptions& o = s.options;
  transport::ClientOptions c;
  c.group = o.name;
  c.connect_timeout = milliseconds(o.connect_timeout * 1000L);
  c.queue_timeout = milliseconds(o.queue_timeout * 1000L);
  c.socket_timeout = milliseconds(s.socket_timeout_ms);
  c.send_buffer = static_cast<std::uint32_t>(o.send_buffer_size);
  c.receive_buffer = static_cast<std::uint32_t>(o.receive_buffer_size);
  if (o.header_buffer_size > 0) c.header_buffer = o.header_buffer_size;
  return c;
}

void make_clients(server_rec* main) {
  const supervisor::Generation* current = generations().current();
  if (current == nullptr) return;
  for (const DeclaredGroup& declared : declared_groups(main)) {
    const supervisor::DaemonGroup* group = generations().find(declared.options->name);
    if (group == nullptr) continue;
    std::optional<transport::GroupEnds> elder;
    if (group->elder != nullptr) elder = supervisor::ends_of(*group->elder);
    DaemonClient client;
    client.options = declared.options;
    client.server = declared.server;
    client.owner = config::script_owner(*declared.options);
    client.client = std::make_unique<transport::GroupClient>(
        client_options(group->settings), supervisor::ends_of(*group), std::move(elder));
    process().daemons().add(std::move(client));
  }
}

// Does the configuration name a script that children run (access, auth, group, dispatch)?
bool names_hooks(const ap_directive_t* node) {
  static constexpr const char* kDirectives[] = {"WSGIAccessScript", "WSGIAuthUserScript",
                                                "WSGIAuthGroupScript", "WSGIDispatchScript"};
  for (; node != nullptr; node = node->next) {
    for (const char* name : kDirectives) {
      if (strcasecmp(node->directive, name) == 0) return true;
    }
    if (names_hooks(node->first_child)) return true;
  }
  return false;
}

// Python is needed from the start where the configuration says so; otherwise the first embedded
// request starts it.
void start_embedded(server_rec* main) {
  const auto& global = server_config(main).own.global;
  auto imports = preloads(main, "");
  bool asked = global.restrict_embedded && !*global.restrict_embedded;
  if (!asked && imports.empty() && !names_hooks(ap_conftree)) return;
  EmbeddedRuntime& runtime = process().embedded();
  for (const auto& script : imports) {
    if (!runtime.available()) break;
    runtime.table().preload({script.script.data(), script.script.size()},
                            {script.application_group.data(), script.application_group.size()});
  }
}

apr_status_t stop_embedded(void*) noexcept {
  process().stop_embedded();
  return APR_SUCCESS;
}

}  // namespace

int check_config(apr_pool_t*, apr_pool_t*, apr_pool_t*, server_rec* main) {
  ServerLog log(main);
  Status checked = check_configuration(main, log);
  // A reload is refused for a missing runtime, as it tests first; a start serves the rest.
  if (checked && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST) {
    check_switches(main, log);
    checked = check_runtimes(main);
  }
  if (checked) return OK;
  log.fail(checked.error());
  return HTTP_INTERNAL_SERVER_ERROR;
}

int post_config(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main) {
  if (state_is(AP_SQ_MS_CREATE_PRE_CONFIG)) return OK;
  Process& self = process();
  self.learn();
  ap_add_version_component(pconf, "mod_wsgi/" WSGI_VERSION);
  ServerLog log(main);
  self.pending = group_settings(main, log);
  self.set_embedded(embedded_plan(main), main);
  if (std::string python = shown_python(main); !python.empty()) {
    ap_add_version_component(pconf, ("Python/" + python).c_str());
  }
  check_switches(main, log);
  apr_pool_cleanup_register(pconf, nullptr, retire, apr_pool_cleanup_null);
  // First start: pre_mpm. Not so where a graceful restart brings the module in: the scoreboard is
  // there then, and httpd does not call pre_mpm.
  if (existing() == nullptr && ap_scoreboard_image == nullptr) return OK;
  // A failure here must not end a running server: what needs no daemon is still served.
  if (Status started = start_generation(main); !started) log.fail(started.error());
  return OK;
}

int pre_mpm(apr_pool_t*, ap_scoreboard_e) {
  if (existing() != nullptr) return OK;
  Status started = start_generation(ap_server_conf);
  if (started) return OK;
  ServerLog(ap_server_conf).fail(started.error());
  return HTTP_INTERNAL_SERVER_ERROR;
}

int monitor(apr_pool_t*, server_rec* main) {
  Generations* all = existing();
  if (all == nullptr) return OK;
  ServerLog log(main);
  take(all->retry(), log);
  return OK;
}

void child_init(apr_pool_t* pchild, server_rec* main) {
  process().enter_child();
  apr_pool_cleanup_register(pchild, nullptr, stop_embedded, apr_pool_cleanup_null);
  generations().enter_child();
  make_clients(main);
  start_embedded(main);
}

}  // namespace wsgi::apache
