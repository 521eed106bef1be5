// SPDX-License-Identifier: Apache-2.0
// The log as the layers below Apache see it. Implementations: apache/log_sink (ap_log_*), daemon's
// LOG frames and control messages, FakeLog of the tests. Every method may be called by any thread
// that may use the object; none throws, none keeps a view after it returned.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error_id.h"
#include "base/level.h"
#include "base/result.h"

namespace wsgi {

// Where text came from; travels as one byte in LOG frames (daemon-ipc.md, section 5).
enum class LogStream : std::uint8_t { message = 0, wsgi_errors, stdout_, stderr_, handler };

class Log {
 public:
  // False: do not even format it. The effective level of the request or server.
  virtual bool enabled(Level level) const = 0;
  // One record, without id, prefix or newline; cut to 8 KiB by the implementation.
  virtual void write(Level level, LogStream stream, std::string_view text) = 0;
  // The same for code that names its place, which ErrorLogFormat's %F shows. Implementations that
  // cannot pass it on leave it out.
  struct Place {
    std::string_view file;
    std::uint32_t line = 0;
  };
  virtual void write_from(const Place&, Level level, LogStream stream, std::string_view text) {
    write(level, stream, text);
  }
  virtual ~Log() = default;

  // A message of ours: "WSGI3001: text", at the level of the table.
  void message(ErrorId id, std::string_view text) { message(id, error_info(id).level, text); }
  void message(ErrorId id, Level level, std::string_view text);
  // The same for a failure at its rim; adds the system's error text and number.
  void fail(const Fail& fail);
};

// "text: No such file or directory (2)", or just the text when there is no errno.
std::string describe(const Fail& fail);

}  // namespace wsgi
