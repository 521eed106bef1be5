// SPDX-License-Identifier: Apache-2.0
#include "apache/target.h"

#include <charconv>
#include <cstring>
#include <string>

#include "apache/log_sink.h"
#include "apache/map.h"
#include "apache/pool.h"
#include "config/group_name.h"

namespace wsgi::apache {
namespace {

int refuse(request_rec* r, int status, ErrorId id, const std::string& text) {
  RequestLog(r).message(id, text);
  return status;
}

// Runs of '/' become one (runtime.md, section 2). The text itself if there is none.
const char* collapse(apr_pool_t* pool, const char* path, std::size_t size) {
  if (std::string_view(path, size).find("//") == std::string_view::npos) {
    return path[size] == '\0' ? path : apr_pstrmemdup(pool, path, size);
  }
  char* out = static_cast<char*>(apr_palloc(pool, size + 1));
  char* to = out;
  for (std::size_t i = 0; i < size; ++i) {
    if (path[i] != '/' || to == out || to[-1] != '/') *to++ = path[i];
  }
  *to = '\0';
  return out;
}

void split_url(request_rec* r, Target& t) {
  const char* info = r->path_info != nullptr ? r->path_info : "";
  if (r->protocol != nullptr && std::strcmp(r->protocol, "INCLUDED") == 0) {
    t.script_name = r->uri;
  } else {
    t.script_name = collapse(r->pool, r->uri, config::script_length(r->uri, info));
    // A mount at "/" is the empty script name.
    if (std::strcmp(t.script_name, "/") == 0 && info[0] == '/') t.script_name = "";
  }
  t.path_info = collapse(r->pool, info, std::strlen(info));
}

// WSGIHandlerScript of this name, the innermost; null if there is none.
const config::HandlerScript* handler_script(const DirConfig& dir, std::string_view name) {
  for (const auto& script : dir.handler_scripts) {
    if (script.name == name) return &script;
  }
  return nullptr;
}

int check_resource(request_rec* r, const ScriptAlias* alias) {
  if (alias == nullptr && (ap_allow_options(r) & OPT_EXECCGI) == 0) {
    return refuse(r, HTTP_FORBIDDEN, ErrorId::req_execcgi,
                  "Options ExecCGI is off in this directory; add Options +ExecCGI or use "
                  "WSGIScriptAlias");
  }
  if (r->finfo.filetype == APR_NOFILE) {
    return refuse(r, HTTP_NOT_FOUND, ErrorId::req_notfound,
                  std::string("the script '") + r->filename + "' does not exist");
  }
  if (r->finfo.filetype == APR_DIR) {
    return refuse(r, HTTP_FORBIDDEN, ErrorId::req_directory,
                  std::string("'") + r->filename + "' is a directory, not a script");
  }
  return OK;
}

// Steps 6 and 7: how the body is announced.
int check_body(request_rec* r, bool chunked_allowed, Target& t) {
  const char* encoding = apr_table_get(r->headers_in, "Transfer-Encoding");
  const char* length = apr_table_get(r->headers_in, "Content-Length");
  if (encoding != nullptr) {
    if (strcasecmp(encoding, "chunked") != 0) {
      return refuse(r, HTTP_NOT_IMPLEMENTED, ErrorId::req_te, "unknown transfer encoding");
    }
    if (!chunked_allowed) {
      return refuse(r, HTTP_LENGTH_REQUIRED, ErrorId::req_chunked,
                    "a chunked request body; WSGIChunkedRequest On permits it");
    }
    if (length != nullptr) {
      return refuse(r, HTTP_BAD_REQUEST, ErrorId::req_te_length, "chunked, and a Content-Length");
    }
    t.flags |= kChunked;
    return OK;
  }
  std::uint64_t bytes = 0;
  if (length != nullptr) {
    const char* end = length + std::strlen(length);
    auto parsed = std::from_chars(length, end, bytes);
    if (parsed.ec != std::errc{} || parsed.ptr != end || bytes > INT64_MAX) {
      return refuse(r, HTTP_BAD_REQUEST, ErrorId::req_length, "the Content-Length is not a number");
    }
  }
  apr_off_t limit = ap_get_limit_req_body(r);
  if (limit > 0 && bytes > static_cast<std::uint64_t>(limit)) {
    return refuse(r, HTTP_REQUEST_ENTITY_TOO_LARGE, ErrorId::req_toolarge,
                  "a request body of " + std::to_string(bytes) + " bytes is above the limit of " +
                      std::to_string(limit) + " (LimitRequestBody)");
  }
  t.content_length = bytes;
  return OK;
}

const char* seen_method(request_rec* r, config::HeadMapping mapping) {
  if (!r->header_only) return r->method;
  if (mapping == config::HeadMapping::on) return "GET";
  if (mapping == config::HeadMapping::off) return r->method;
  // Auto: a content filter in the way (DEFLATE) needs the body that GET would give.
  bool filtered =
      r->output_filters != nullptr && r->output_filters->frec->ftype < AP_FTYPE_PROTOCOL;
  return filtered ? "GET" : r->method;
}

// %{ENV:name}: note, then request environment, then process environment (directives.md, 2.2).
class RequestEnvironment final : public config::Environment {
 public:
  explicit RequestEnvironment(request_rec* r) : r_(r) {}
  std::optional<std::string_view> find(std::string_view name) const override {
    const char* key = pool_text(r_->pool, name);
    const char* value = apr_table_get(r_->notes, key);
    if (value == nullptr) value = apr_table_get(r_->subprocess_env, key);
    if (value == nullptr) value = ::getenv(key);
    return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
  }

 private:
  request_rec* r_;
};

// Names of groups and callable, expanded where they contain a substitution.
class Names {
 public:
  explicit Names(request_rec* r) : r_(r), memory_(r->pool), environment_(r) {}

  const char* group(const config::Setting<std::string_view>& name, const char* unset) {
    std::string_view text = name ? *name : std::string_view(unset);
    if (text.empty() || text[0] != '%') return text.data();
    return config::expand_group(text, facts(), environment_, &memory_).data();
  }
  const char* hook_group(std::string_view name) {
    return config::expand_hook_group(name, facts(), &memory_).data();
  }
  const char* callable(const config::Setting<std::string_view>& name) {
    return name ? config::expand_callable(*name, environment_).data() : "application";
  }

 private:
  config::RequestFacts facts() {
    const char* info = r_->path_info != nullptr ? r_->path_info : "";
    bool case_sensitive = server_config(r_->server).global->case_sensitivity.value_or(true);
    config::RequestFacts facts;
    const char* name = r_->server->server_hostname;
    facts.server_name = name != nullptr ? name : "";
    facts.port = naming_port();
    facts.host = r_->hostname != nullptr ? r_->hostname : "";
    facts.script_name = config::script_name_of(r_->uri, info, case_sensitive, &memory_);
    return facts;
  }

  // A client can put any port into Host, and each would be an interpreter of its own: only ports
  // that are listened on, and the defaults, which names leave out (directives.md, 2.2).
  apr_port_t naming_port() const {
    apr_port_t port = ap_get_server_port(r_);
    if (port == DEFAULT_HTTP_PORT || port == DEFAULT_HTTPS_PORT) return port;
    for (ap_listen_rec* l = ap_listeners; l != nullptr; l = l->next) {
      if (l->bind_addr->port == port) return port;
    }
    return port == r_->server->port ? port : r_->connection->local_addr->port;
  }

  request_rec* r_;
  PoolMemory memory_;
  RequestEnvironment environment_;
};

}  // namespace

int resolve_target(request_rec* r, Target& t) {
  if (r->handler == nullptr) return DECLINED;
  bool ours = std::strcmp(r->handler, "wsgi-script") == 0 ||
              std::strcmp(r->handler, "application/x-httpd-wsgi") == 0;
  const DirConfig& dir = dir_config(r);
  const config::HandlerScript* handler = ours ? nullptr : handler_script(dir, r->handler);
  if (!ours && handler == nullptr) return DECLINED;
  const ScriptAlias* alias = ours ? alias_of(r) : nullptr;
  if (ours) {
    if (int status = check_resource(r, alias); status != OK) return status;
  }
  bool has_info = r->path_info != nullptr && *r->path_info != '\0';
  if (r->used_path_info == AP_REQ_REJECT_PATH_INFO && has_info) {
    return refuse(r, HTTP_NOT_FOUND, ErrorId::req_pathinfo,
                  std::string("AcceptPathInfo off disallows '") + r->path_info + "'");
  }
  if (int status = check_body(r, dir.chunked_request.value_or(false), t); status != OK) {
    return status;
  }
  t.script = r->filename;
  if (handler != nullptr) {
    t.script = t.handler_script = handler->path.data();
    t.kind = HandlerKind::handler_script;
  }
  split_url(r, t);
  t.method = seen_method(r, dir.map_head_to_get.value_or(config::HeadMapping::automatic));

  static const config::ScriptOptions kNone;
  const config::ScriptOptions& own = alias != nullptr     ? alias->options
                                     : handler != nullptr ? handler->options
                                                          : kNone;
  Names names(r);
  t.process_group = names.group(own.process_group ? own.process_group : dir.process_group, "");
  t.application_group = names.group(
      own.application_group ? own.application_group : dir.application_group, "%{RESOURCE}");
  // The callable of an alias is literal (directives.md, 2.1).
  t.callable = handler != nullptr    ? "handle_request"
               : own.callable_object ? own.callable_object->data()
                                     : names.callable(dir.callable_object);
  t.pass_authorization = own.pass_authorization.value_or(dir.pass_authorization.value_or(false));
  if (dir.script_reloading.value_or(true)) t.flags |= kReloading;
  if (dir.ignore_activity.value_or(false)) t.flags |= kIgnoreActivity;
  if (dir.enable_sendfile.value_or(false)) t.flags |= kSendfile;
  if (dir.error_override.value_or(false)) t.flags |= kErrorOverride;
  return OK;
}

const char* expand_group(request_rec* r, std::string_view name) { return Names(r).group(name, ""); }

const char* expand_callable(request_rec* r, std::string_view name) {
  return Names(r).callable(name);
}

const char* expand_hook_group(request_rec* r, const config::Setting<std::string_view>& name) {
  return name ? Names(r).hook_group(*name) : "";
}

}  // namespace wsgi::apache
