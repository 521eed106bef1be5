// SPDX-License-Identifier: Apache-2.0
// An Apache module for apache_round_trip.cc: prints, while `apache2 -t` reads its configuration,
// what Apache made of each <Tree N>, in the lines of transcript.h. The lines, words and nesting are
// Apache's own; RewriteRule, RewriteCond and Require are those of mod_rewrite and mod_authz_core,
// which must be loaded before; options are read by the code of our module. One thread.
#include <cstdio>
#include <cstring>

// httpd's own initialisers, as in C
#define AP_HAVE_DESIGNATED_INITIALIZER 1
// clang-format off
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_request.h"
#include "apr_strings.h"
#include "ap_expr.h"
#include "ap_provider.h"
#include "mod_auth.h"
// clang-format on

#include "config/values.h"
#include "fuzz/transcript.h"

namespace {

int depth = 0;
const authz_provider* real_expr = nullptr;

void tell(char tag, std::string_view text) {
  std::fputs(wsgictl::test::told(depth, tag, text).c_str(), stdout);
}

void tell_words(cmd_parms* cmd, const char* line) {
  while (*line != '\0') tell('w', ap_getword_conf(cmd->pool, &line));
}

// Each directive by itself: a mistake in one is told, and the next is read all the same.
void tell_all(cmd_parms* cmd, ap_directive_t* first) {
  for (ap_directive_t* at = first; at != nullptr; at = at->next) {
    tell('d', at->directive);
    tell('a', at->args);
    cmd_parms own = *cmd;
    own.override = OR_ALL | ACCESS_CONF;
    ap_directive_t* next = at->next;
    at->next = nullptr;
    ++depth;
    const char* message = ap_walk_config(at, &own, own.context);
    // Of Require Apache says that "not" has no effect alone.
    if (message != nullptr && std::strcmp(at->directive, "Require") != 0) tell('m', message);
    --depth;
    at->next = next;
  }
}

const char* tree(cmd_parms* cmd, void*, const char* arguments) {
  std::printf("= %d\n", std::atoi(arguments));
  tell_all(cmd, cmd->directive->first_child);
  std::puts(".");
  return nullptr;
}

// The arguments of a section, as core takes those of <Directory>.
const char* section(cmd_parms* cmd, void*, const char* arguments) {
  const char* end = ap_strrchr_c(arguments, '>');
  if (end == nullptr) return "> is missing";
  tell_words(cmd, apr_pstrmemdup(cmd->pool, arguments, static_cast<apr_size_t>(end - arguments)));
  tell_all(cmd, cmd->directive->first_child);
  return nullptr;
}

const char* words(cmd_parms* cmd, void*, const char* arguments) {
  tell_words(cmd, arguments);
  return nullptr;
}

// A string expression, as that of AuthName. Literals ask nothing of the request.
const char* text(cmd_parms* cmd, void*, const char* arguments) {
  const char* error = nullptr;
  const ap_expr_info_t* parsed =
      ap_expr_parse_cmd_mi(cmd, ap_getword_conf(cmd->pool, &arguments), AP_EXPR_FLAG_STRING_RESULT,
                           &error, nullptr, APLOG_NO_MODULE);
  if (error != nullptr) return error;
  request_rec request{};
  request.pool = cmd->pool;
  tell('e', ap_expr_str_exec(&request, parsed, &error));
  return error;
}

const char* options(cmd_parms*, void*, const char* arguments) {
  std::string_view rest(arguments);
  for (;;) {
    const auto option = wsgi::config::next_option({"Options", "", ""}, rest);
    if (!option) return "no option";
    if (!*option) return nullptr;
    tell('o', (*option)->name);
    tell('v', (*option)->value);
  }
}

const char* parse_expr(cmd_parms* cmd, const char* line, const void** parsed) {
  tell('r', line);
  // Any other text need not be an expression, and httpd 2.4.71 ends with "flex scanner jammed" at a
  // string that ends in a backslash and at %{name: without an end.
  if (std::strstr(line, "told") == nullptr) return nullptr;
  return real_expr->parse_require_line(cmd, line, parsed);
}

authz_status check_expr(request_rec*, const char*, const void*) { return AUTHZ_DENIED; }

const char* told_function(ap_expr_eval_ctx_t*, const void*, const char*) { return ""; }
int told_operator(ap_expr_eval_ctx_t*, const void*, const char*, const char*) { return 0; }

int lookup(ap_expr_lookup_parms* wanted) {
  const bool function = wanted->type == AP_EXPR_FUNC_STRING;
  if ((!function && wanted->type != AP_EXPR_FUNC_OP_BINARY) ||
      std::strcmp(wanted->name, "told") != 0)
    return DECLINED;
  tell('e', wanted->arg == nullptr ? "no constant" : wanted->arg);
  *wanted->func = function ? reinterpret_cast<const void*>(&told_function)
                           : reinterpret_cast<const void*>(&told_operator);
  return OK;
}

void hooks(apr_pool_t* pool) {
  static const authz_provider expr = {check_expr, parse_expr};
  real_expr = static_cast<const authz_provider*>(
      ap_lookup_provider(AUTHZ_PROVIDER_GROUP, "expr", AUTHZ_PROVIDER_VERSION));
  ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "expr", AUTHZ_PROVIDER_VERSION, &expr,
                            AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_expr_lookup(lookup, nullptr, nullptr, APR_HOOK_FIRST);
}

constexpr int kAnywhere = RSRC_CONF | OR_ALL;
const command_rec commands[] = {
    AP_INIT_RAW_ARGS("<Tree", tree, nullptr, kAnywhere, nullptr),
    AP_INIT_RAW_ARGS("<Section", section, nullptr, kAnywhere, nullptr),
    AP_INIT_RAW_ARGS("Words", words, nullptr, kAnywhere, nullptr),
    AP_INIT_RAW_ARGS("Text", text, nullptr, kAnywhere, nullptr),
    AP_INIT_RAW_ARGS("Settings", options, nullptr, kAnywhere, nullptr),
    {},
};

}  // namespace

extern "C" {
__attribute__((visibility("default"))) module tells_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, commands, hooks, 0};
}
