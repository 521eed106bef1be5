// SPDX-License-Identifier: Apache-2.0
// Log onto Apache's error log: of a request (client address, %L id, the virtual host's file) or of
// a server. Cheap to make on the stack; valid as long as the request or server is.
#pragma once

#include "apache/httpd_api.h"
#include "base/embedded_abi.h"
#include "base/log.h"

namespace wsgi::apache {

class RequestLog : public Log {
 public:
  explicit RequestLog(request_rec* r) : r_(r) {}
  bool enabled(Level level) const override;
  // Own messages get "[script FILE] " after their id, other text before it (runtime.md, 11).
  void write(Level level, LogStream stream, std::string_view text) override {
    write_from({}, level, stream, text);
  }
  void write_from(const Place& place, Level level, LogStream stream,
                  std::string_view text) override;

 private:
  request_rec* r_;
};

class ServerLog : public Log {
 public:
  explicit ServerLog(server_rec* s) : s_(s) {}
  bool enabled(Level level) const override;
  void write(Level level, LogStream stream, std::string_view text) override {
    write_from({}, level, stream, text);
  }
  void write_from(const Place& place, Level level, LogStream stream,
                  std::string_view text) override;

 private:
  server_rec* s_;  // null: the log that is open before the configuration is read
};

// A record of the embedded runtime.
void write_record(Log& log, const wsgi_record& record);

}  // namespace wsgi::apache
