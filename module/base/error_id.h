// SPDX-License-Identifier: Apache-2.0
// The one table of message ids, WSGInnnn. Ids are stable and never reused; several conditions share
// one when the operator's remedy is the same. `%(key)` of docs and tests is the name in the table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/level.h"

namespace wsgi {

enum class ErrorId : std::uint16_t {
#define WSGI_ERROR(number, key, level, phrase) key = number,
#include "base/error_ids.def"
#undef WSGI_ERROR
};

struct ErrorInfo {
  ErrorId id;
  std::string_view key;
  Level level;
  std::string_view phrase;  // the condition in a few words, for the reference page
};

std::span<const ErrorInfo> error_table();
const ErrorInfo& error_info(ErrorId id);

// "WSGI3001"
std::string error_code(ErrorId id);

}  // namespace wsgi
