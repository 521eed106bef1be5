// SPDX-License-Identifier: Apache-2.0
#include "apache/commands.h"

#include <unistd.h>

#include <vector>

#include "apache/boundary.h"
#include "apache/pool.h"
#include "apache/server_config.h"
#include "config/check.h"
#include "config/directives.h"
#include "config/identity.h"

namespace wsgi::apache {
namespace {

using config::Args;
using config::Context;
using config::Directive;

// For a failure within a failure: the shim has logged the exception.
inline constexpr char kFailed[] = "an internal error, see the error log";

const char* message(apr_pool_t* pool, const Fail& fail) {
  return pool_text(pool, error_code(fail.id) + ": " + describe(fail));
}

config::Place place_of(const ap_directive_t& directive, config::Memory memory) {
  return {config::keep(memory, directive.filename ? directive.filename : ""),
          static_cast<unsigned>(directive.line_num)};
}

// Requests are served while an .htaccess file is read: the server's settings are not ours to write.
bool serving() { return ap_state_query(AP_SQ_MAIN_STATE) >= AP_SQ_MS_RUN_MPM; }

config::Scopes scopes_of(cmd_parms* cmd, void* dir, PoolMemory& memory) {
  config::ServerSettings& server = server_config(cmd->server).own;
  return {static_cast<DirConfig*>(dir),          &server, nullptr,
          serving() ? nullptr : &server.notices, &memory, place_of(*cmd->directive, &memory)};
}

// What Apache has to do with a directive after its arguments were understood.
Status complete(cmd_parms* cmd, ServerConfig& server) {
  while (server.aliases.size() < server.own.aliases.size()) {
    ScriptAlias alias{server.own.aliases[server.aliases.size()]};
    if (alias.expression) {
      alias.compiled = ap_pregcomp(cmd->pool, alias.url.data(), AP_REG_EXTENDED);
      if (!alias.compiled) {
        return config::wrong(ErrorId::cfg_regex, {cmd->cmd->name, {}, {}},
                             "the expression " + config::quote(alias.url) + " does not compile",
                             "must be a regular expression");
      }
    }
    server.aliases.push_back(alias);
  }
  return ok();
}

Status run(cmd_parms* cmd, void* dir, const char* arguments) {
  const auto& directive = *static_cast<const Directive*>(cmd->info);
  PoolMemory memory(cmd->pool);
  config::Scopes to = scopes_of(cmd, dir, memory);
  ServerConfig& server = server_config(cmd->server);
  std::size_t groups = server.own.daemons.size();
  WSGI_TRY(config::apply(directive, arguments, to));
  if (server.own.daemons.size() > groups) {
    WSGI_TRY(config::check_accounts(server.own.daemons.back().options));
  }
  return complete(cmd, server);
}

const char* check_context(cmd_parms* cmd, Context context) {
  if (context == Context::global) return ap_check_cmd_context(cmd, GLOBAL_ONLY);
  if (context == Context::server) return ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT);
  return nullptr;
}

// The one setter of all directives.
const char* set(cmd_parms* cmd, void* dir, const char* arguments) {
  const auto& directive = *static_cast<const Directive*>(cmd->info);
  if (const char* refused = check_context(cmd, directive.context)) return refused;
  Status status = run(cmd, dir, arguments);
  return status ? nullptr : message(cmd->pool, status.error());
}

// <WSGIInterpreterOptions>: its children are applied here and never on their own. Blocks like
// <IfModule> around them were resolved when httpd built the tree.
const char* open_section(cmd_parms* cmd, void* dir, const char* arguments) {
  if (const char* error = set(cmd, dir, arguments)) return error;
  PoolMemory memory(cmd->pool);
  config::Scopes to = scopes_of(cmd, dir, memory);
  to.container = &to.server->global.python.containers.back();
  for (const ap_directive_t* child = cmd->directive->first_child; child; child = child->next) {
    to.place = place_of(*child, &memory);
    const Directive* directive = config::find_directive(child->directive);
    Status status = directive && directive->in_container
                        ? config::apply(*directive, child->args, to)
                        : Status(config::wrong_child(child->directive));
    if (status) continue;
    cmd->err_directive = child;
    return message(cmd->pool, status.error());
  }
  return nullptr;
}

constexpr int override_of(Context context) {
  switch (context) {
    case Context::global:
    case Context::server:
      return RSRC_CONF;
    case Context::directory:
      return ACCESS_CONF | RSRC_CONF;
    case Context::file_info:
      return OR_FILEINFO;
    case Context::auth:
      return OR_AUTHCFG;
  }
  return 0;
}

command_rec record_of(const Directive& directive) {
  cmd_func function;
  function.raw_args =
      directive.args == Args::section ? c_hook<&open_section, kFailed> : c_hook<&set, kFailed>;
  return {directive.name.data(),          function, const_cast<Directive*>(&directive),
          override_of(directive.context), RAW_ARGS, directive.syntax.data()};
}

std::vector<config::ServerFacts> facts_of(server_rec* main) {
  std::vector<config::ServerFacts> facts;
  for (server_rec* s : configured_servers(main)) {
    const char* name = s->server_hostname ? s->server_hostname : "";
    facts.push_back({name, !s->is_virtual, &server_config(s).own});
  }
  return facts;
}

Status resolve_identities(server_rec* main) {
  config::ServerIdentity identity{geteuid() == 0, ap_unixd_config.user_id, ap_unixd_config.group_id,
                                  ap_unixd_config.user_name ? ap_unixd_config.user_name : ""};
  for (const auto& group : declared_groups(main)) {
    if (auto status = config::resolve_identity(*group.options, identity); !status) {
      Fail fail = std::move(status).error();
      fail.text += " (" + config::describe(group.place) + ")";
      return fail;
    }
  }
  return ok();
}

// httpd reads everything twice at a start; once is enough for notices.
bool is_rehearsal() {
  return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG &&
         ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST;
}

}  // namespace

const command_rec* commands() {
  static const std::vector<command_rec> records = [] {
    std::vector<command_rec> rows;
    for (const auto& directive : config::directive_table()) rows.push_back(record_of(directive));
    rows.push_back({});
    return rows;
  }();
  return records.data();
}

Status check_configuration(server_rec* main, Log& log) {
  std::vector<config::Notice> notices;
  auto servers = facts_of(main);
  for (const auto& server : servers) {
    notices.insert(notices.end(), server.settings->notices.begin(), server.settings->notices.end());
  }
  WSGI_TRY(config::check_groups(servers, notices));
  WSGI_TRY(resolve_identities(main));
  if (is_rehearsal()) return ok();
  for (const auto& notice : config::condensed(notices)) log.message(notice.id, notice.text);
  return ok();
}

}  // namespace wsgi::apache
