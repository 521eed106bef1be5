// SPDX-License-Identifier: Apache-2.0
// The one symbol of wsgi-embedded-pyX.Y.so: the engine behind the C table of base/embedded_abi.h.
// One engine per Apache child, made in child_init or by the first request that needs it; requests
// come from all threads of the MPM. No exception leaves these functions.
#include "engine/embedded.h"

#include <memory>
#include <vector>

#include "config/codec.h"
#include "engine/engine.h"
#include "engine/home_thread.h"

namespace wsgi::engine {
namespace {

// Made once and never destroyed: threads of the MPM may outlive the cleanups of their process.
struct Embedded {
  TableLog<wsgi_log_ops> log;
  std::unique_ptr<Engine> engine;
  HomeThread home;
};
Embedded* g_embedded = nullptr;

EngineOptions options_of(config::EmbeddedSettings settings, const wsgi_log_ops& ops) {
  EngineOptions options;
  options.python = std::move(settings.python);
  options.maximum_processes = settings.apache.maximum_processes;
  options.threads_per_process = settings.apache.threads_per_process;
  options.case_sensitive = settings.case_sensitive;
  options.single_process = settings.single_process;
  if (settings.server_metrics) {
    options.scoreboard = [read = ops.scoreboard] {
      std::string bytes;
      read([](void* to, wsgi_text text) { static_cast<std::string*>(to)->assign(view(text)); },
           &bytes);
      return bytes;
    };
  }
  options.apache = std::move(settings.apache);
  return options;
}

// What no longer has a caller to tell is lost: the process is about to exit, and its log may be
// gone.
void finish(Embedded& embedded) noexcept {
  try {
    embedded.engine->announce_stop("");
    embedded.engine->finish();
  } catch (...) {
  }
}

int start(wsgi_text settings, const wsgi_log_ops* ops, void* ctx) noexcept {
  try {
    auto* embedded = new Embedded{TableLog(*ops, ctx), nullptr, {}};
    auto decoded = config::decode<config::EmbeddedSettings>(view(settings));
    if (!decoded) {
      embedded->log.fail(decoded.error());
      return -static_cast<int>(decoded.error().id);
    }
    ErrorId failed = ErrorId::internal;
    auto begin = [&] {
      auto engine = Engine::start(options_of(std::move(*decoded), *ops), embedded->log);
      if (engine) {
        embedded->engine = std::move(*engine);
        return true;
      }
      failed = engine.error().id;
      // An interpreter that could not be set up has said so, with its traceback.
      if (failed != ErrorId::interp_create) embedded->log.fail(engine.error());
      return false;
    };
    if (!embedded->home.enter(begin, [embedded] { finish(*embedded); })) {
      return -static_cast<int>(failed);
    }
    g_embedded = embedded;
    return 0;
  } catch (...) {
    return -static_cast<int>(ErrorId::internal);
  }
}

std::vector<EnvVar> variables_of(const wsgi_variable* from, std::size_t count) {
  std::vector<EnvVar> variables;
  variables.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    variables.push_back({static_cast<Atom>(from[i].atom), view(from[i].name), view(from[i].value)});
  }
  return variables;
}

RequestHead head_of(const wsgi_request& q, const std::vector<EnvVar>& variables) {
  RequestHead head;
  head.variables = variables;
  head.target = {view(q.script), view(q.callable), {}, view(q.application_group), view(q.resource)};
  if (q.content_length != UINT64_MAX) head.content_length = q.content_length;
  head.flags = q.flags;
  head.handler = static_cast<HandlerKind>(q.handler);
  head.log_level = static_cast<Level>(q.log_level);
  head.timings.request_us = q.request_us;
  head.server_pid = q.server_pid;
  head.apache = q.apache;
  head.request_id = view(q.request_id);
  head.connection_id = view(q.connection_id);
  return head;
}

int run(const wsgi_request* request, const wsgi_exchange_ops* ops, void* ctx,
        uint64_t out[2]) noexcept {
  try {
    auto variables = variables_of(request->variables, request->variable_count);
    RequestHead head = head_of(*request, variables);
    TableBody body(*ops, ctx);
    TableSink sink(*ops, ctx);
    TableLog log(*ops, ctx);
    Outcome outcome = g_embedded->engine->run(head, body, sink, log);
    out[0] = outcome.in;
    out[1] = outcome.out;
    return static_cast<int>(outcome.code);
  } catch (...) {
    return static_cast<int>(OutcomeCode::internal);
  }
}

int hook(const wsgi_hook* from, const wsgi_hook_ops* ops, void* ctx) noexcept {
  try {
    auto variables = variables_of(from->variables, from->variable_count);
    std::vector<std::string_view> arguments;
    for (std::size_t i = 0; i < from->argument_count; ++i) {
      arguments.push_back(view(from->arguments[i]));
    }
    HookCall call{static_cast<HookKind>(from->kind),
                  from->reloading != 0,
                  view(from->script),
                  view(from->application_group),
                  variables,
                  arguments,
                  from->request};
    TableHost host(*ops, ctx);
    TableLog log(*ops, ctx);
    return static_cast<int>(g_embedded->engine->hook(call, host, log));
  } catch (...) {
    return static_cast<int>(HookAnswer::failed);
  }
}

int preload(wsgi_text script, wsgi_text application_group) noexcept {
  try {
    Status loaded = g_embedded->engine->preload(view(script), view(application_group));
    return loaded ? 0 : -static_cast<int>(loaded.error().id);
  } catch (...) {
    return -static_cast<int>(ErrorId::internal);
  }
}

void stop() noexcept {
  try {
    if (g_embedded != nullptr) g_embedded->home.leave();
  } catch (...) {
    // A thread that cannot be joined: the process ends without it.
  }
}

}  // namespace
}  // namespace wsgi::engine

extern "C" __attribute__((visibility("default")))
const wsgi_embedded_runtime_t wsgi_embedded_runtime = {
    sizeof(wsgi_embedded_runtime_t), WSGI_EMBEDDED_ABI,  wsgi::engine::start, wsgi::engine::run,
    wsgi::engine::preload,           wsgi::engine::hook, wsgi::engine::stop};
