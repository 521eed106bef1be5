// SPDX-License-Identifier: Apache-2.0
// Built by hand instead of with ap_add_common_vars/ap_add_cgi_vars: those format, escape and look
// up much that WSGI does not pass on, and cost 16,000 instructions a request (PERFORMANCE.md).
#include "apache/head_builder.h"

#include <charconv>
#include <cstring>

#include "apache/header_names.h"
#include "apache/process.h"
#include "apache/proxy_environ.h"
#include "apache/publish.h"
#include "apache/request_facts.h"
#include "config/root.h"

namespace wsgi::apache {
namespace {

// Never the application's, under whatever name httpd has kept it in a redirect.
bool internal(std::string_view key) {
  while (key.starts_with("REDIRECT_")) key.remove_prefix(9);
  return key.starts_with("mod_wsgi.x-");
}

// Note of a request whose environment said HTTPS before a head was built of it.
constexpr const char* kHttpsNote = "wsgi-https";

// Room for the fixed variables; entries of the request's own tables are counted.
constexpr int kFixedVariables = 48;

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
    redirect();
    headers();
    proxies();
    module_keys();
    if (marked_) apr_table_unset(r_->subprocess_env, "HTTPS");
    publish(r_, target_, {vars_, count_});
    if (!target_.root.empty()) enter_root();
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
        marked_ = true;
        https_ = strcasecmp(value, "on") == 0 || std::strcmp(value, "1") == 0;
        if (https_) apr_table_setn(r_->notes, kHttpsNote, "on");
      } else if (std::strcmp(key, "PATH") != 0 && !internal(key)) {
        add(key, value);
      }
    }
    if (!marked_) https_ = marked_before();
  }

  // The variable goes with the first head; others of the request (dispatch scripts), and those of
  // its parts (includes), mean the same.
  bool marked_before() const {
    for (const request_rec* r = r_; r != nullptr; r = r->main) {
      if (apr_table_get(r->notes, kHttpsNote) != nullptr) return true;
    }
    return false;
  }

  void connection() {
    conn_rec* c = r_->connection;
    add(Atom::REQUEST_METHOD, target_.method);
    add(Atom::QUERY_STRING, r_->args != nullptr ? r_->args : "");
    add(Atom::REQUEST_URI, original_uri(r_));
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
    add(Atom::SCRIPT_FILENAME, script_filename(r_));
    add(Atom::SCRIPT_NAME, target_.script_name);
    add(Atom::PATH_INFO, target_.path_info);
  }

  // Of the request that was redirected here; httpd has put its environment under REDIRECT_ names.
  void redirect() {
    if (r_->prev == nullptr) return;
    add("REDIRECT_URL", redirect_url(r_));
    add("REDIRECT_QUERY_STRING", r_->prev->args);
    if (r_->user == nullptr) add("REDIRECT_REMOTE_USER", redirect_user(r_));
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
        if (target_.pass_authorization || cgi_pass_auth(r_)) add(Atom::HTTP_AUTHORIZATION, value);
        return;
      case Treatment::proxy_authorization:
        if (cgi_pass_auth(r_)) add("HTTP_PROXY_AUTHORIZATION", value);
        return;
      case Treatment::unknown:
        break;
    }
    char* variable = environ_name(name, r_->pool);
    if (variable != nullptr) add(variable, value);
  }

  // runtime.md, sections 3.4 and 3.5.
  void proxies() {
    config::ProxyEffect effect = proxy_effect(r_, {vars_, count_});
    count_ = remove_headers(effect, {vars_, count_});
    set(Atom::REMOTE_ADDR, effect.remote_addr);
    set(Atom::HTTP_X_FORWARDED_FOR, effect.forwarded_for);
    set(Atom::HTTP_HOST, effect.host);
    set(Atom::SERVER_NAME, effect.server_name);
    set(Atom::SERVER_PORT, effect.server_port);
    set(Atom::SCRIPT_NAME, effect.script_name);
    if (effect.script_name) add("mod_wsgi.mount_point", effect.script_name->data());
    if (effect.https) https_ = *effect.https;
    if (!effect.scheme_applied && process().is_https(r_->connection)) https_ = true;
  }
  // A second entry of the key would win too, but would not fit the shape of other requests.
  void set(Atom atom, std::optional<std::string_view> value) {
    if (!value) return;
    for (std::size_t i = 0; i < count_; ++i) {
      if (vars_[i].atom != atom) continue;
      vars_[i].value = *value;
      return;
    }
    add(atom, value->data());
  }

  // Those that whoever runs the application knows anyway are only published.
  void module_keys() {
    add("mod_wsgi.request_handler", r_->handler);
    add("mod_wsgi.handler_script", target_.handler_script);
    add("mod_wsgi.script_name", target_.script_name);
    add("mod_wsgi.path_info", target_.path_info);
    apr_sockaddr_t* listener = r_->connection->local_addr;
    add("mod_wsgi.listener_host", listener->hostname != nullptr ? listener->hostname : "");
    add("mod_wsgi.listener_port", number(listener->port));
  }

  // After publishing: Apache itself stays outside. (runtime.md, 6.5)
  void enter_root() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      EnvVar variable = vars_[i];
      const auto name = name_of(variable);
      const bool document = name == "DOCUMENT_ROOT";
      if (document || name == "SCRIPT_FILENAME") {
        const auto seen = config::inside_root(target_.root, variable.value);
        if (!seen && document) continue;
        variable.value = seen.value_or(variable.value);
      }
      vars_[kept++] = variable;
    }
    count_ = kept;
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
  bool marked_ = false;  // the environment has an HTTPS of somebody
};

}  // namespace

RequestHead build_head(request_rec* r, const Target& target) {
  Builder builder(r, target);
  const auto seen = [&](std::string_view path) {
    return config::inside_root(target.root, path).value_or(path);
  };
  RequestHead head;
  head.variables = builder.build();
  head.target = {seen(target.script), target.callable, target.process_group,
                 target.application_group, seen(r->filename)};
  head.content_length = target.content_length;
  head.flags = target.flags | (builder.https() ? kHttps : 0u);
  head.handler = target.kind;
  head.log_level = static_cast<Level>(ap_get_request_module_loglevel(r, APLOG_MODULE_INDEX));
  head.timings.request_us = static_cast<std::uint64_t>(r->request_time);
  head.server_pid = process().pid();
  if (r->log_id != nullptr) head.request_id = r->log_id;
  if (r->connection->log_id != nullptr) head.connection_id = r->connection->log_id;
  return head;
}

}  // namespace wsgi::apache
