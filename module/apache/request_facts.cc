// SPDX-License-Identifier: Apache-2.0
#include "apache/request_facts.h"

#include <cstring>

namespace wsgi::apache {
namespace {

const core_dir_config& core(const request_rec* r) {
  return *static_cast<core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
}

}  // namespace

const char* original_uri(request_rec* r) {
  if (core(r).cgi_var_rules != nullptr) {
    auto rule = static_cast<const char*>(
        apr_hash_get(core(r).cgi_var_rules, "REQUEST_URI", APR_HASH_KEY_STRING));
    if (rule != nullptr && std::strcmp(rule, "current-uri") == 0) return r->uri;
  }
  const char* line = r->the_request;
  if (line == nullptr) return r->uri;
  const char* begin = std::strchr(line, ' ');
  if (begin == nullptr) return r->uri;
  while (*begin == ' ') ++begin;
  const char* end = std::strchr(begin, ' ');
  return end != nullptr ? apr_pstrmemdup(r->pool, begin, static_cast<apr_size_t>(end - begin))
                        : begin;
}

const char* script_filename(request_rec* r) {
  if (r->filename == nullptr || apr_table_get(r->notes, "proxy-noquery") == nullptr) {
    return r->filename;
  }
  return apr_pstrmemdup(r->pool, r->filename, std::strcspn(r->filename, "?"));
}

const char* redirect_url(request_rec* r) {
  bool whole = core(r).qualify_redirect_url == AP_CORE_CONFIG_ON;
  return whole ? ap_construct_url(r->pool, r->prev->uri, r->prev) : r->prev->uri;
}

const char* redirect_user(const request_rec* r) {
  const request_rec* from = r->prev;
  while (from != nullptr && from->user == nullptr) from = from->prev;
  return from != nullptr ? from->user : nullptr;
}

bool cgi_pass_auth(const request_rec* r) { return core(r).cgi_pass_auth == AP_CGI_PASS_AUTH_ON; }

}  // namespace wsgi::apache
