// SPDX-License-Identifier: Apache-2.0
// response-socket-timeout: how long one write to the client may wait while an answer is relayed.
// The connection's own time is put back at the end of the scope. A stream of HTTP/2 has no socket
// of its own to set: mod_http2's times apply. On the thread of the request. (directives.md, 5.4)
#pragma once

#include "apache/httpd_api.h"
#include "config/settings.h"

namespace wsgi::apache {

class WriteTimeout {
 public:
  WriteTimeout(conn_rec* c, const config::DaemonOptions& options) {
    const std::uint32_t seconds = options.response_socket_timeout != 0
                                      ? options.response_socket_timeout
                                      : options.socket_timeout;
    if (seconds == 0 || c->master != nullptr) return;
    socket_ = ap_get_conn_socket(c);
    if (socket_ == nullptr) return;
    apr_socket_timeout_get(socket_, &before_);
    apr_socket_timeout_set(socket_, apr_time_from_sec(static_cast<apr_interval_time_t>(seconds)));
  }
  WriteTimeout(const WriteTimeout&) = delete;
  WriteTimeout& operator=(const WriteTimeout&) = delete;
  ~WriteTimeout() {
    if (socket_ != nullptr) apr_socket_timeout_set(socket_, before_);
  }

 private:
  apr_socket_t* socket_ = nullptr;
  apr_interval_time_t before_ = 0;
};

}  // namespace wsgi::apache
