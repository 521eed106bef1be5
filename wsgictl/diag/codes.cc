// SPDX-License-Identifier: Apache-2.0
// The table of codes.h from its .def files, and look-up in it.
#include "diag/codes.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace wsgictl::diag {
namespace {

constexpr Severity error = Severity::error;
constexpr Severity warning = Severity::warning;
constexpr Severity note = Severity::note;

constexpr Code kCodes[] = {
#define CODE(id, severity, title, explanation, remedy) {id, severity, title, explanation, remedy},
#include "diag/codes.def"
#include "diag/codes_apache.def"
#include "diag/codes_host.def"
#include "diag/codes_import.def"
#include "diag/codes_server.def"
#include "diag/codes_values.def"
#undef CODE
};

}  // namespace

std::span<const Code> codes() { return kCodes; }

const Code* find_code(std::string_view id) {
  std::string wanted(id);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const Code& code : kCodes)
    if (code.id == wanted) return &code;
  return nullptr;
}

Diagnostic make(std::string_view code, Mark mark, std::string message, std::string hint) {
  Diagnostic d;
  d.code = code;
  if (const Code* row = find_code(code)) d.severity = row->severity;
  d.mark = std::move(mark);
  d.message = std::move(message);
  d.hint = std::move(hint);
  return d;
}

}  // namespace wsgictl::diag
