// SPDX-License-Identifier: Apache-2.0
// Form of our own messages: id, colon, text, system error at the end (errors.md, section 0).
#include "base/log.h"

#include <system_error>

namespace wsgi {

void Log::message(ErrorId id, Level level, std::string_view text) {
  if (!enabled(level)) return;
  std::string line = error_code(id);
  line.append(": ").append(text);
  write(level, LogStream::message, line);
}

void Log::fail(const Fail& fail) { message(fail.id, describe(fail)); }

std::string describe(const Fail& fail) {
  if (fail.sys == 0) return fail.text;
  return fail.text + ": " + std::system_category().message(fail.sys) + " (" +
         std::to_string(fail.sys) + ")";
}

}  // namespace wsgi
