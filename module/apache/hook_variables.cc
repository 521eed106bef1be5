// SPDX-License-Identifier: Apache-2.0
// The environ of access, authentication and group scripts (runtime.md, 9.4), from the request
// itself. Paths keep their runs of slashes.
#include <cstring>
#include <vector>

#include "apache/header_names.h"
#include "apache/hook_call.h"
#include "apache/pool.h"
#include "config/group_name.h"

namespace wsgi::apache {
namespace {

constexpr std::size_t kFixed = 24;

class Variables {
 public:
  explicit Variables(request_rec* r) : r_(r) {
    auto headers = static_cast<std::size_t>(apr_table_elts(r->headers_in)->nelts);
    list_ = pool_new<std::vector<EnvVar>>(r->pool);
    list_->reserve(headers + kFixed);
  }

  std::span<const EnvVar> build() {
    headers();
    server();
    client();
    request();
    return *list_;
  }

 private:
  void add(Atom atom, const char* value) {
    if (value != nullptr) list_->push_back({atom, {}, value});
  }
  void add(const char* name, const char* value) {
    if (value != nullptr) list_->push_back({Atom::none, name, value});
  }

  void headers() {
    const auto* entries = apr_table_elts(r_->headers_in);
    const auto* entry = reinterpret_cast<const apr_table_entry_t*>(entries->elts);
    for (int i = 0; i < entries->nelts; ++i) {
      if (entry[i].key == nullptr) continue;
      Known known = known_header(entry[i].key);
      if (known.treatment == Treatment::pass) {
        add(known.atom, entry[i].val);
      } else if (known.treatment == Treatment::unknown) {
        if (char* name = environ_name(entry[i].key, r_->pool)) add(name, entry[i].val);
      }
    }
  }

  void server() {
    add("SERVER_SIGNATURE", ap_psignature("", r_));
    add(Atom::SERVER_SOFTWARE, ap_get_server_banner());
    add(Atom::SERVER_NAME, ap_escape_html(r_->pool, ap_get_server_name_for_url(r_)));
    add(Atom::SERVER_ADDR, r_->connection->local_ip);
    add(Atom::SERVER_PORT, number(ap_get_server_port(r_)));
    add(Atom::SERVER_ADMIN, r_->server->server_admin);
    add(Atom::DOCUMENT_ROOT, ap_document_root(r_));
  }

  void client() {
    // A name only where Apache resolves names anyway.
    add("REMOTE_HOST", ap_get_useragent_host(r_, REMOTE_HOST, nullptr));
    add(Atom::REMOTE_ADDR, r_->useragent_ip);
    add(Atom::REMOTE_PORT, number(r_->useragent_addr->port));
  }

  void request() {
    add(Atom::SERVER_PROTOCOL, r_->protocol);
    add(Atom::REQUEST_METHOD, r_->method);
    add(Atom::QUERY_STRING, r_->args != nullptr ? r_->args : "");
    add(Atom::REQUEST_URI, original_uri());
    const char* info = r_->path_info != nullptr ? r_->path_info : "";
    add(Atom::SCRIPT_NAME, pool_text(r_->pool, {r_->uri, config::script_length(r_->uri, info)}));
    add(Atom::PATH_INFO, info);
  }

  // Second word of the request line, as received.
  const char* original_uri() {
    const char* begin = r_->the_request != nullptr ? std::strchr(r_->the_request, ' ') : nullptr;
    if (begin == nullptr) return r_->uri;
    while (*begin == ' ') ++begin;
    return pool_text(r_->pool, {begin, std::strcspn(begin, " ")});
  }

  const char* number(unsigned value) { return apr_psprintf(r_->pool, "%u", value); }

  request_rec* r_;
  std::vector<EnvVar>* list_;
};

}  // namespace

std::span<const EnvVar> hook_variables(request_rec* r) { return Variables(r).build(); }

}  // namespace wsgi::apache
