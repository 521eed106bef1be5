// SPDX-License-Identifier: Apache-2.0
// The table of error_ids.def as data.
#include "base/error_id.h"

#include <cstdio>

namespace wsgi {
namespace {

constexpr ErrorInfo kTable[] = {
#define WSGI_ERROR(number, key, level, phrase) {ErrorId::key, #key, Level::level, phrase},
#include "base/error_ids.def"
#undef WSGI_ERROR
};

}  // namespace

std::span<const ErrorInfo> error_table() { return kTable; }

const ErrorInfo& error_info(ErrorId id) {
  for (const auto& row : kTable) {
    if (row.id == id) return row;
  }
  return kTable[0];
}

std::string error_code(ErrorId id) {
  char text[16];
  std::snprintf(text, sizeof text, "WSGI%04u", static_cast<unsigned>(id));
  return text;
}

}  // namespace wsgi
