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
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads_);
  ap_mpm_query(AP_MPMQ_MAX_DAEMON_USED, &children_);
  threads_ = std::max(threads_, 1);
  children_ = std::max(children_, 1);
}

void Process::set_embedded(std::string library, std::string settings, std::string problem,
                           server_rec* s) {
  embedded_library_ = std::move(library);
  embedded_settings_ = std::move(settings);
  embedded_problem_ = std::move(problem);
  server_ = s;
}

EmbeddedRuntime& Process::embedded() {
  std::call_once(embedded_once_, [this] {
    ServerLog log(server_);
    if (embedded_library_.empty()) {
      log.message(ErrorId::runtime_load, embedded_problem_);
    } else if (Status s = embedded_.start(embedded_library_, embedded_settings_, server_); !s) {
      log.fail(s.error());
    }
  });
  return embedded_;
}

void Process::stop_embedded() { embedded_.stop(); }

}  // namespace wsgi::apache
