// SPDX-License-Identifier: Apache-2.0
// Built by hand instead of with ap_add_common_vars/ap_add_cgi_vars: those format, escape and look
// up much that WSGI does not pass on, and cost 16,000 instructions a request (PERFORMANCE.md).
#include "apache/head_builder.h"

#include <charconv>
#include <cstring>

#include "apache/header_names.h"
#include "apache/process.h"

namespace wsgi::apache {
namespace {

// Room for the fixed variables; entries of the request's own tables are counted.
constexpr int kFixedVariables = 40;

class Builder {
 public:
  Builder(request_rec* r, const Target& target) : r_(r), target_(target) {
    auto count = apr_table_elts(r->headers_in)->nelts + apr_table_elts(r->subprocess_env)->nelts;
    vars_ = static_cast<EnvVar*>(
        apr_palloc(r->pool, sizeof(EnvVar) * static_cast<std::size_t>(count + kFixedVariables)));
  }

  std::span<const EnvVar> build() {
    environment();
    connection();
    paths();
    headers();
    module_keys();
    publish();
    return {vars_, count_};
  }
  bool https() const { return https_; }

 private:
  void add(Atom atom, const char* value) {
    if (value != nullptr) new (&vars_[count_++]) EnvVar{atom, {}, value};
  }
  void add(const char* name, const char* value) {
    if (value != nullptr) new (&vars_[count_++]) EnvVar{Atom::none, name, value};
  }

  // Lowest precedence, therefore first (the last of two equal keys wins): what other modules set.
  void environment() {
    const auto* entries = apr_table_elts(r_->subprocess_env);
    const auto* entry = reinterpret_cast<const apr_table_entry_t*>(entries->elts);
    for (int i = 0; i < entries->nelts; ++i) {
      const char* key = entry[i].key;
      const char* value = entry[i].val;
      if (key == nullptr || value == nullptr) continue;
      if (std::strcmp(key, "HTTPS") == 0) {
        https_ = strcasecmp(value, "on") == 0 || std::strcmp(value, "1") == 0;
      } else if (std::strcmp(key, "PATH") != 0 && std::strncmp(key, "mod_wsgi.x-", 11) != 0) {
        add(key, value);
      }
    }
    if (https_ || process().is_https(r_->connection)) https_ = true;
  }

  void connection() {
    conn_rec* c = r_->connection;
    add(Atom::REQUEST_METHOD, target_.method);
    add(Atom::QUERY_STRING, r_->args != nullptr ? r_->args : "");
    add(Atom::REQUEST_URI, original_uri());
    add(Atom::SERVER_NAME, ap_escape_html(r_->pool, ap_get_server_name_for_url(r_)));
    add(Atom::SERVER_PORT, number(ap_get_server_port(r_)));
    add(Atom::SERVER_PROTOCOL, r_->protocol);
    add(Atom::SERVER_SOFTWARE, ap_get_server_banner());
    add(Atom::SERVER_ADDR, c->local_ip);
    add(Atom::SERVER_ADMIN, r_->server->server_admin);
    add(Atom::REMOTE_ADDR, r_->useragent_ip);
    add(Atom::REMOTE_PORT, number(c->client_addr->port));
    add(Atom::REMOTE_USER, r_->user);
    add(Atom::AUTH_TYPE, r_->ap_auth_type);
    add(Atom::REQUEST_SCHEME, ap_http_scheme(r_));
  }

  void paths() {
    add(Atom::DOCUMENT_ROOT, ap_document_root(r_));
    add(Atom::CONTEXT_DOCUMENT_ROOT, ap_context_document_root(r_));
    add(Atom::CONTEXT_PREFIX, ap_context_prefix(r_));
    add(Atom::SCRIPT_FILENAME, r_->filename);
    add(Atom::SCRIPT_NAME, target_.script_name);
    add(Atom::PATH_INFO, target_.path_info);
    if (r_->prev != nullptr) {
      add("REDIRECT_URL", r_->prev->uri);
      add("REDIRECT_QUERY_STRING", r_->prev->args);
    }
  }

  void headers() {
    const auto* entries = apr_table_elts(r_->headers_in);
    const auto* entry = reinterpret_cast<const apr_table_entry_t*>(entries->elts);
    for (int i = 0; i < entries->nelts; ++i) {
      if (entry[i].key != nullptr) header(entry[i].key, entry[i].val);
    }
  }

  void header(std::string_view name, const char* value) {
    switch (Known known = known_header(name); known.treatment) {
      case Treatment::pass:
        add(known.atom, value);
        return;
      case Treatment::drop:
        return;
      case Treatment::authorization:
        if (target_.pass_authorization) add(Atom::HTTP_AUTHORIZATION, value);
        return;
      case Treatment::unknown:
        break;
    }
    char* variable = environ_name(name, r_->pool);
    if (variable != nullptr) add(variable, value);
  }

  void module_keys() {
    add("mod_wsgi.process_group", target_.process_group);
    add("mod_wsgi.application_group", target_.application_group);
    add("mod_wsgi.callable_object", target_.callable);
    add("mod_wsgi.request_handler", r_->handler);
    add("mod_wsgi.handler_script", target_.handler_script);
    add("mod_wsgi.script_name", target_.script_name);
    add("mod_wsgi.path_info", target_.path_info);
    apr_sockaddr_t* listener = r_->connection->local_addr;
    add("mod_wsgi.listener_host", listener->hostname != nullptr ? listener->hostname : "");
    add("mod_wsgi.listener_port", number(listener->port));
  }

  // Everything of ours becomes visible to later phases; headers do not, Apache has them already.
  void publish() {
    for (std::size_t i = 0; i < count_; ++i) {
      const EnvVar& v = vars_[i];
      bool named = v.atom == Atom::none;
      std::string_view name = named ? v.name : atom_name(v.atom);
      if (name.starts_with("HTTP_") || (named && !name.starts_with("mod_wsgi."))) continue;
      apr_table_setn(r_->subprocess_env, name.data(), v.value.data());
    }
  }

  // Second word of the request line, as received (runtime.md, 3.2).
  const char* original_uri() {
    const char* line = r_->the_request;
    if (line == nullptr) return r_->uri;
    const char* begin = std::strchr(line, ' ');
    if (begin == nullptr) return r_->uri;
    while (*begin == ' ') ++begin;
    const char* end = std::strchr(begin, ' ');
    return end != nullptr ? apr_pstrmemdup(r_->pool, begin, static_cast<apr_size_t>(end - begin))
                          : begin;
  }

  const char* number(unsigned value) {
    char text[16];
    auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return apr_pstrmemdup(r_->pool, text, static_cast<apr_size_t>(end - text));
  }

  request_rec* r_;
  const Target& target_;
  EnvVar* vars_;
  std::size_t count_ = 0;
  bool https_ = false;
};

}  // namespace

RequestHead build_head(request_rec* r, const Target& target) {
  Builder builder(r, target);
  RequestHead head;
  head.variables = builder.build();
  head.target = {target.script, target.callable, target.process_group, target.application_group,
                 r->filename};
  head.content_length = target.content_length;
  head.flags = target.flags | (builder.https() ? kHttps : 0u);
  head.handler = target.kind;
  head.log_level = static_cast<Level>(ap_get_request_module_loglevel(r, APLOG_MODULE_INDEX));
  head.timings.request_us = static_cast<std::uint64_t>(r->request_time);
  head.server_pid = process().pid();
  if (r->log_id == nullptr) ap_run_generate_log_id(r->connection, r, &r->log_id);
  if (r->log_id != nullptr) head.request_id = r->log_id;
  if (r->connection->log_id != nullptr) head.connection_id = r->connection->log_id;
  return head;
}

}  // namespace wsgi::apache
