// SPDX-License-Identifier: Apache-2.0
// Steps 8 to 14 of runtime.md, section 1.
#include "apache/handler.h"

#include <string>

#include "apache/daemon_clients.h"
#include "apache/dispatch.h"
#include "apache/head_builder.h"
#include "apache/in_process.h"
#include "apache/log_sink.h"
#include "apache/process.h"
#include "apache/remote.h"
#include "apache/target.h"
#include "config/group_name.h"
#include "config/root.h"

namespace wsgi::apache {
namespace {

int refuse(request_rec* r, ErrorId id, const std::string& text) {
  RequestLog(r).message(id, text);
  return HTTP_INTERNAL_SERVER_ERROR;
}

int embedded(request_rec* r, Target& target) {
  const auto& global = *server_config(r->server).global;
  if (global.restrict_embedded.value_or(false)) {
    return refuse(r, ErrorId::req_embedded_off,
                  "no process group is selected and WSGIRestrictEmbedded is On; set "
                  "WSGIProcessGroup");
  }
  if (process().threads() > 1) target.flags |= kMultithread;
  if (process().children() > 1) target.flags |= kMultiprocess;
  EmbeddedRuntime& runtime = process().embedded();
  if (!runtime.available()) {
    return refuse(r, ErrorId::py_no_python,
                  "embedded mode, but Python is not available in this process; an earlier line "
                  "says why");
  }
  return run_embedded(r, runtime, build_head(r, target));
}

// What the daemon is to read must lie below its root directory. (runtime.md, 6.5)
bool enter_root(request_rec* r, Target& target, const std::string& root) {
  for (const char* path : {target.script, static_cast<const char*>(r->filename)}) {
    if (config::inside_root(root, path)) continue;
    refuse(r, ErrorId::chroot_script,
           "the script " + config::quote(path) + " is outside the root directory " +
               config::quote(root) + " of the process group " +
               config::quote(target.process_group));
    return false;
  }
  target.root = root;
  return true;
}

int remote(request_rec* r, Target& target) {
  const DaemonClient* client = process().daemons().find(target.process_group);
  if (client == nullptr) {
    return refuse(r, ErrorId::req_group_unknown,
                  "no process group is named " + config::quote(target.process_group) +
                      "; define it with WSGIDaemonProcess");
  }
  if (!reachable(client->server, r->server)) {
    return refuse(r, ErrorId::req_group_inaccessible,
                  "the process group " + config::quote(target.process_group) +
                      " belongs to a virtual host with another ServerName");
  }
  const config::DaemonOptions& options = *client->options;
  if (options.threads == 0) {
    return refuse(r, ErrorId::req_group_nothreads,
                  "the process group " + config::quote(target.process_group) +
                      " has threads=0 and serves no requests");
  }
  if (client->owner.any()) {
    if (Status owned = config::check_script_owner(client->owner, r->filename); !owned) {
      RequestLog(r).fail(owned.error());
      return HTTP_FORBIDDEN;
    }
  }
  if (!options.chroot.empty() && !enter_root(r, target, options.chroot)) {
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  if (options.threads != 1) target.flags |= kMultithread;
  if (options.processes_given) target.flags |= kMultiprocess;
  if (options.threads == 1 && options.maximum_requests == 1) target.flags |= kRunOnce;
  RequestHead head = build_head(r, target);
  head.timings.queue_us = static_cast<std::uint64_t>(apr_time_now());
  return run_remote(r, *client, head);
}

}  // namespace

int handle_request(request_rec* r) {
  Target target;
  if (int status = resolve_target(r, target); status != OK) return status;
  const DirConfig& dir = dir_config(r);
  if (int status = dispatch(r, target); status != OK) return status;
  // Fails closed, and for embedded mode too: it must be listed as %{GLOBAL}.
  if (dir.restrict_process && !config::permits(*dir.restrict_process, target.process_group)) {
    return refuse(r, ErrorId::req_restricted,
                  "the process group " + config::quote(target.process_group) +
                      " is not in WSGIRestrictProcess");
  }
  return target.process_group[0] != '\0' ? remote(r, target) : embedded(r, target);
}

}  // namespace wsgi::apache
