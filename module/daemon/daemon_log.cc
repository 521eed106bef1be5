// SPDX-License-Identifier: Apache-2.0
// Records to LOG messages.
#include "daemon/daemon_log.h"

#include <unistd.h>

#include <string>

#include "transport/control.h"

namespace wsgi::daemon {

void DaemonLog::write_from(const Place& place, Level level, LogStream stream,
                           std::string_view text) {
  if (!enabled(level)) return;
  transport::LogRecord record;
  record.level = level;
  record.stream = stream;
  record.file = place.file;
  record.line = place.line;
  record.text = text;
  if (transport::send_control(control_, record)) return;
  const std::string line = std::string(text.substr(0, transport::kMaxLogText)) + "\n";
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nobody is left to tell
}

}  // namespace wsgi::daemon
