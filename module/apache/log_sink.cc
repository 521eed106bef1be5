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

int level_of(Level level) { return static_cast<int>(level) & APLOG_LEVELMASK; }

}  // namespace

bool RequestLog::enabled(Level level) const { return APLOG_R_IS_LEVEL(r_, level_of(level)); }

void RequestLog::write(Level level, LogStream stream, std::string_view text) {
  text = text.substr(0, kMaxRecord);
  std::size_t id = id_length(stream, text);
  const char* file = r_->filename ? r_->filename : "-";
  ap_log_rerror(APLOG_MARK, level_of(level), 0, r_, "%.*s[script %s] %.*s", static_cast<int>(id),
                text.data(), file, static_cast<int>(text.size() - id), text.data() + id);
}

bool ServerLog::enabled(Level level) const {
  return s_ == nullptr || APLOG_IS_LEVEL(s_, level_of(level));
}

void ServerLog::write(Level level, LogStream, std::string_view text) {
  ap_log_error(APLOG_MARK, level_of(level), 0, s_, "%.*s",
               static_cast<int>(std::min(text.size(), kMaxRecord)), text.data());
}

}  // namespace wsgi::apache
