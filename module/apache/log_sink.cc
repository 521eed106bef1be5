// SPDX-License-Identifier: Apache-2.0
#include "apache/log_sink.h"

#include <algorithm>

namespace wsgi::apache {
namespace {

constexpr std::size_t kMaxRecord = 8192;  // errors.md: one record holds at most 8 KiB

// Length of a leading "WSGInnnn: ", else 0.
std::size_t id_length(LogStream stream, std::string_view text) {
  constexpr std::size_t kLength = 10;
  bool ours = stream == LogStream::message && text.size() > kLength && text.starts_with("WSGI") &&
              text.substr(8, 2) == ": ";
  return ours ? kLength : 0;
}

// Apache escapes the text of a record, but not its file.
std::string printable(std::string_view file) {
  std::string safe(file);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return safe;
}

struct Mark {
  const char* file;
  int line;
};
Mark mark_of(const Log::Place& place, const std::string& path) {
  if (path.empty()) return {__FILE__, __LINE__};
  return {path.c_str(), static_cast<int>(place.line)};
}

int level_of(Level level) { return static_cast<int>(level) & APLOG_LEVELMASK; }

// What ap_log_*error will do. APLOG_IS_LEVEL says yes to all that is worse than a notice, although
// Apache then drops it.
bool passes(Level level, int limit) {
  return level_of(level) == APLOG_NOTICE || level_of(level) <= limit;
}

}  // namespace

bool RequestLog::enabled(Level level) const {
  return passes(level, ap_get_request_module_loglevel(r_, APLOG_MODULE_INDEX));
}

void RequestLog::write_from(const Place& place, Level level, LogStream stream,
                            std::string_view text) {
  text = text.substr(0, kMaxRecord);
  std::size_t id = id_length(stream, text);
  const char* file = r_->filename ? r_->filename : "-";
  const std::string path = printable(place.file);
  const Mark mark = mark_of(place, path);
  ap_log_rerror(mark.file, mark.line, APLOG_MODULE_INDEX, level_of(level), 0, r_,
                "%.*s[script %s] %.*s", static_cast<int>(id), text.data(), file,
                static_cast<int>(text.size() - id), text.data() + id);
}

bool ServerLog::enabled(Level level) const {
  return s_ == nullptr || passes(level, ap_get_server_module_loglevel(s_, APLOG_MODULE_INDEX));
}

void ServerLog::write_from(const Place& place, Level level, LogStream, std::string_view text) {
  const std::string path = printable(place.file);
  const Mark mark = mark_of(place, path);
  ap_log_error(mark.file, mark.line, APLOG_MODULE_INDEX, level_of(level), 0, s_, "%.*s",
               static_cast<int>(std::min(text.size(), kMaxRecord)), text.data());
}

void write_record(Log& log, const wsgi_record& record) {
  log.write_from({{record.file.data, record.file.size}, record.line},
                 static_cast<Level>(record.level), static_cast<LogStream>(record.stream),
                 {record.text.data, record.text.size});
}

}  // namespace wsgi::apache
