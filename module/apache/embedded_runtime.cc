// SPDX-License-Identifier: Apache-2.0
#include "apache/embedded_runtime.h"

#include <dlfcn.h>

#include "apache/log_sink.h"
#include "apache/scoreboard.h"

namespace wsgi::apache {
namespace {

int log_enabled(void* server, uint8_t level) {
  return ServerLog(static_cast<server_rec*>(server)).enabled(static_cast<Level>(level));
}

void log_write(void* server, const wsgi_record* record) {
  ServerLog log(static_cast<server_rec*>(server));
  write_record(log, *record);
}

void scoreboard(void (*take)(void* to, wsgi_text bytes), void* to) {
  const std::string bytes = encoded_scoreboard();
  if (!bytes.empty()) take(to, {bytes.data(), bytes.size()});
}

constexpr wsgi_log_ops kLogOps = {log_enabled, log_write, scoreboard};

}  // namespace

Status EmbeddedRuntime::start(const std::string& library, std::string_view settings,
                              server_rec* log_for) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) return Fail{ErrorId::runtime_load, dlerror()};
  auto* table = static_cast<const wsgi_embedded_runtime_t*>(dlsym(handle, WSGI_EMBEDDED_SYMBOL));
  if (table == nullptr) return Fail{ErrorId::runtime_load, "'" + library + "' is no runtime"};
  if (table->size != sizeof *table || table->version != WSGI_EMBEDDED_ABI) {
    return Fail{ErrorId::runtime_load, "'" + library +
                                           "' was built for another mod_wsgi; run "
                                           "wsgictl runtime build or install the matching package"};
  }
  int result = table->start({settings.data(), settings.size()}, &kLogOps, log_for);
  if (result < 0) {
    return Fail{static_cast<ErrorId>(-result), "Python of '" + library + "' does not start"};
  }
  table_ = table;
  return ok();
}

void EmbeddedRuntime::stop() {
  if (table_ != nullptr) table_->stop();
  table_ = nullptr;
}

}  // namespace wsgi::apache
