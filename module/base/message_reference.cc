// SPDX-License-Identifier: Apache-2.0
// Remedies joined with the table of ids.
#include "base/message_reference.h"

#include <strings.h>

#include <array>
#include <utility>

namespace wsgi {
namespace {

constexpr std::pair<ErrorId, std::string_view> kRemedies[] = {
#define WSGI_REMEDY(key, text) {ErrorId::key, text},
#include "base/error_remedies.def"
#undef WSGI_REMEDY
};

constexpr std::array<std::string_view, 16> kLevels = {
    "emerg",  "alert",  "crit",   "error",  "warn",   "notice", "info",   "debug",
    "trace1", "trace2", "trace3", "trace4", "trace5", "trace6", "trace7", "trace8"};

}  // namespace

std::string_view error_remedy(ErrorId id) {
  for (const auto& [known, text] : kRemedies) {
    if (known == id) return text;
  }
  return {};
}

const ErrorInfo* find_error(std::string_view code) {
  for (const ErrorInfo& row : error_table()) {
    const std::string known = error_code(row.id);
    if (known.size() == code.size() && ::strncasecmp(known.data(), code.data(), code.size()) == 0) {
      return &row;
    }
  }
  return nullptr;
}

std::string_view level_name(Level level) { return kLevels[static_cast<std::size_t>(level) % 16]; }

std::string messages_markdown() {
  std::string page =
      "# Messages\n\n"
      "Made from the tables in `module/base`; a test compares the two, and\n"
      "`WSGI_BLESS=1 build/dev/tests/unit_base` writes this page. `wsgictl explain WSGI2004` says "
      "the\n"
      "same of one message.\n\n"
      "Every message of the module begins with its id, which never changes its meaning. The level "
      "is\n"
      "the usual one; where a line of the log differs, its own counts.\n\n"
      "| Id | Level | Means | What to do |\n|---|---|---|---|\n";
  for (const ErrorInfo& row : error_table()) {
    page += "| " + error_code(row.id) + " | " + std::string(level_name(row.level)) + " | " +
            std::string(row.phrase) + " | " + std::string(error_remedy(row.id)) + " |\n";
  }
  return page;
}

}  // namespace wsgi
