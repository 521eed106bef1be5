// SPDX-License-Identifier: Apache-2.0
// fmt over any text: the outcome differs in white space only, so that no comment is lost or moved
// into a value; a second fmt changes nothing; validate says the same about both.
#include <cstdint>
#include <cstdlib>

#include "model/load.h"
#include "yaml/format.h"

using namespace wsgictl;

namespace {

void demand(bool good) {
  if (!good) std::abort();
}

std::string without_blanks(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string out;
  for (const char c : text)
    if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) out += c;
  return out;
}

// All that validate says, but for the columns.
std::string verdict(const std::string& text) {
  diag::Diagnostics diagnostics;
  (void)model::load_sources({{"f.yaml", text}}, diagnostics);
  std::string out;
  for (const diag::Diagnostic& d : diagnostics.items())
    out += d.code + " " + d.path + " " + d.message + " " + d.hint + "\n";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  diag::Diagnostics diagnostics;
  const auto once = yaml::format({"f.yaml", text}, diagnostics);
  demand(once.has_value() != diagnostics.has_errors());
  if (!once) return 0;
  demand(without_blanks(*once) == without_blanks(text));
  const auto twice = yaml::format({"f.yaml", *once}, diagnostics);
  demand(twice == once);
  demand(verdict(*once) == verdict(text));
  return 0;
}
