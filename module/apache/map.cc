// SPDX-License-Identifier: Apache-2.0
#include "apache/map.h"

#include <array>

#include "config/alias.h"

namespace wsgi::apache {
namespace {

// What is known of a script file for up to a second, so that a warm request needs no stat. One
// small table a thread: no lock, and it dies with the thread. Keys are aliases of the
// configuration, which outlives the threads of a child.
struct KnownFile {
  const ScriptAlias* alias = nullptr;
  apr_time_t checked = 0;
  apr_finfo_t info{};
};
constexpr std::size_t kKnownFiles = 16;
constexpr apr_time_t kKnownFor = APR_USEC_PER_SEC;

// The alias's target if it is a regular file, else null.
const apr_finfo_t* regular_file(request_rec* r, const ScriptAlias& alias) {
  thread_local std::array<KnownFile, kKnownFiles> files;
  auto& known = files[(reinterpret_cast<std::uintptr_t>(&alias) >> 6) % kKnownFiles];
  if (known.alias != &alias || r->request_time - known.checked > kKnownFor ||
      r->request_time < known.checked) {
    known.alias = &alias;
    known.checked = r->request_time;
    apr_status_t status = apr_stat(&known.info, alias.target.data(), APR_FINFO_MIN, r->pool);
    if (status != APR_SUCCESS) known.info.filetype = APR_NOFILE;
  }
  return known.info.filetype == APR_REG ? &known.info : nullptr;
}

// Names the file and, apart from it, the path information. Without the cached facts httpd's walk
// would stat "script/path-info", fail, and look at every component: 5 calls instead of none.
void name_file(request_rec* r, const ScriptAlias& alias, const char* target, const char* rest) {
  const apr_finfo_t* info = nullptr;
  if (!alias.expression && (*rest == '\0' || *rest == '/')) info = regular_file(r, alias);
  if (info == nullptr) {
    r->filename = apr_pstrcat(r->pool, target, rest, nullptr);
    return;
  }
  r->filename = apr_pstrdup(r->pool, target);
  r->path_info = apr_pstrdup(r->pool, rest);
  r->finfo = *info;
  r->finfo.pool = r->pool;
  r->finfo.fname = r->filename;
}

// Its value is the target of the alias, that very text. Notes are what mod_dir hands on of a
// request that it puts in the place of another (DirectoryIndex, FallbackResource).
constexpr const char* kAliasNote = "wsgi-alias";

bool map_to(request_rec* r, const ScriptAlias& alias) {
  if (alias.compiled != nullptr) {
    ap_regmatch_t match[AP_MAX_REG_MATCH];
    if (ap_regexec(alias.compiled, r->uri, AP_MAX_REG_MATCH, match, 0) != 0) return false;
    const char* target = ap_pregsub(r->pool, alias.target.data(), r->uri, AP_MAX_REG_MATCH, match);
    if (target == nullptr) return false;
    name_file(r, alias, target, r->uri + match[0].rm_eo);
  } else {
    auto length = config::match_alias(alias.url, r->uri);
    if (!length) return false;
    name_file(r, alias, alias.target.data(), r->uri + *length);
  }
  r->handler = "wsgi-script";
  apr_table_setn(r->notes, "alias-forced-type", r->handler);
  apr_table_setn(r->notes, kAliasNote, alias.target.data());
  return true;
}

}  // namespace

int translate_name(request_rec* r) {
  if (r->uri == nullptr || r->uri[0] != '/') return DECLINED;
  for (const ScriptAlias& alias : server_config(r->server).aliases) {
    if (map_to(r, alias)) return OK;
  }
  return DECLINED;
}

const ScriptAlias* alias_of(request_rec* r) {
  const char* target = apr_table_get(r->notes, kAliasNote);
  if (target == nullptr) return nullptr;
  for (const ScriptAlias& alias : server_config(r->server).aliases) {
    if (alias.target.data() == target) return &alias;
  }
  return nullptr;
}

}  // namespace wsgi::apache
