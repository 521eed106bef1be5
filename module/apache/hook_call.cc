// SPDX-License-Identifier: Apache-2.0
#include "apache/hook_call.h"

#include <vector>

#include "apache/log_sink.h"
#include "apache/process.h"
#include "apache/target.h"

namespace wsgi::apache {
namespace {

struct Call {
  request_rec* r;
  RequestLog log;
  const Answers& answers;
  bool lost = false;  // an answer could not be kept
};

Call& of(void* ctx) { return *static_cast<Call*>(ctx); }
wsgi_text text(std::string_view view) { return {view.data(), view.size()}; }

int log_enabled(void* ctx, uint8_t level) { return of(ctx).log.enabled(static_cast<Level>(level)); }

void log(void* ctx, const wsgi_record* record) { write_record(of(ctx).log, *record); }

// No exception passes through the runtime's frames.
void answer(void* ctx, uint8_t which, wsgi_text text) noexcept {
  try {
    of(ctx).answers(which, {text.data, text.size});
  } catch (...) {
    of(ctx).lost = true;
  }
}

int is_https(void* ctx) { return process().is_https(of(ctx).r->connection); }
const char* ssl_variable(void* ctx, const char* name) {
  return process().ssl_variable(of(ctx).r, name);
}

constexpr wsgi_hook_ops kOps = {log_enabled, log, answer, is_https, ssl_variable};

}  // namespace

HookAnswer call_hook(request_rec* r, HookKind kind, const config::HookScript& script,
                     std::span<const EnvVar> variables,
                     std::initializer_list<std::string_view> arguments, const Answers& answers) {
  const DirConfig& dir = dir_config(r);
  EmbeddedRuntime& runtime = process().embedded();
  Call context{r, RequestLog(r), answers};
  if (!runtime.available()) {
    context.log.message(ErrorId::hook_interp, "'" + std::string(script.path) +
                                                  "' needs Python, which is not available in this "
                                                  "process; an earlier line says why");
    return HookAnswer::failed;
  }
  std::vector<wsgi_variable> environ;
  environ.reserve(variables.size());
  for (const EnvVar& v : variables) {
    environ.push_back({static_cast<uint8_t>(v.atom), text(v.name), text(v.value)});
  }
  std::vector<wsgi_text> texts;
  for (std::string_view argument : arguments) texts.push_back(text(argument));
  wsgi_hook call{};
  call.variables = environ.data();
  call.variable_count = environ.size();
  call.script = text(script.path);
  call.application_group = text(expand_hook_group(r, script.application_group));
  call.arguments = texts.data();
  call.argument_count = texts.size();
  call.request = dir.pass_apache_request.value_or(false) ? r : nullptr;
  call.kind = static_cast<uint8_t>(kind);
  call.reloading = dir.script_reloading.value_or(true);
  auto result = static_cast<HookAnswer>(runtime.table().hook(&call, &kOps, &context));
  return context.lost ? HookAnswer::failed : result;
}

}  // namespace wsgi::apache
