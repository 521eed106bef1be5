// SPDX-License-Identifier: Apache-2.0
#include "apache/process.h"

#include <algorithm>

#include "apache/log_sink.h"

namespace wsgi::apache {

Process& process() {
  static Process instance;
  return instance;
}

void Process::learn() {
  ssl_is_https_ = APR_RETRIEVE_OPTIONAL_FN(ssl_is_https);
  ssl_var_lookup_ = APR_RETRIEVE_OPTIONAL_FN(ssl_var_lookup);
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads_);
  ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &children_);
  threads_ = std::max(threads_, 1);
  children_ = std::max(children_, 1);
}

void Process::set_embedded(EmbeddedPlan plan, server_rec* s) {
  embedded_plan_ = std::move(plan);
  server_ = s;
}

EmbeddedRuntime& Process::embedded() {
  std::call_once(embedded_once_, [this] {
    ServerLog log(server_);
    if (embedded_plan_.library.empty()) {
      log.message(ErrorId::runtime_load, embedded_plan_.problem);
    } else if (Status s = embedded_.start(embedded_plan_.library, embedded_plan_.settings, server_);
               !s) {
      log.fail(s.error());
    }
  });
  return embedded_;
}

void Process::stop_embedded() { embedded_.stop(); }

}  // namespace wsgi::apache
