// SPDX-License-Identifier: Apache-2.0
// Refusals before parsing; see bytes.h.
#include "yaml/bytes.h"

#include <fmt/format.h>

#include <string_view>

#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::yaml {
namespace {

constexpr int kMaxReports = 10;

// UTF-16 and UTF-32 give themselves away by their mark, or by NUL beside the first character.
bool other_encoding(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\xff\xfe"sv) || text.starts_with("\xfe\xff"sv)) return true;
  if (text.starts_with("\0\0\xfe\xff"sv)) return true;
  return text.size() >= 4 && ((text[0] == '\0') != (text[1] == '\0'));
}

// Most bytes of a definition; nothing to look up.
bool ordinary(char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }

bool refused_invisible(char32_t c) {
  return c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

const char* refused_control(std::string_view rest) {
  const auto c = static_cast<unsigned char>(rest[0]);
  if (c == '\r') return rest.starts_with("\r\n") ? nullptr : "carriage return without a line feed";
  if (c == '\t' || c == '\n') return nullptr;
  if (c == 0) return "NUL byte";
  if (c < 0x20 || c == 0x7f) return "control character";
  return nullptr;
}

// The diagnostic for the character at OFFSET, of LENGTH bytes (0: broken); no code if it is fine.
diag::Diagnostic judge(const Source& source, std::size_t offset, std::size_t length) {
  const std::string_view rest = std::string_view(source.text()).substr(offset);
  const std::size_t size = length == 0 ? 1 : length;
  const std::string shown = diag::escape(rest.substr(0, size));
  const diag::Mark mark = source.mark(offset, offset + size);
  if (length == 0)
    return diag::make("WCTL1004", mark, fmt::format("byte {} is not UTF-8", shown),
                      "save the file as UTF-8");
  if (const char* what = refused_control(rest))
    return diag::make("WCTL1006", mark, fmt::format("{} {} in the file", what, shown),
                      "remove the character");
  const char32_t c = diag::code_point(rest);
  if (refused_invisible(c) || (c >= 0x80 && c < 0xa0))
    return diag::make("WCTL1007", mark, fmt::format("invisible character {} in the file", shown),
                      "remove the character");
  return {};
}

}  // namespace

bool check_bytes(const Source& source, diag::Diagnostics& diagnostics) {
  const std::string& text = source.text();
  if (text.size() > kMaxBytes) {
    diagnostics.add(
        diag::make("WCTL1003", source.mark(0, 0),
                   fmt::format("the file has {} bytes, the limit is {}", text.size(), kMaxBytes),
                   "split it into several files of one folder"));
    return false;
  }
  if (other_encoding(text)) {
    diagnostics.add(diag::make("WCTL1005", source.mark(0, 0),
                               "the file is UTF-16 or UTF-32, expected UTF-8",
                               "save the file as UTF-8"));
    return false;
  }
  int reports = 0;
  std::size_t i = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  while (i < text.size() && reports < kMaxReports) {
    if (ordinary(text[i])) {
      ++i;
      continue;
    }
    const std::size_t length = diag::sequence_length(std::string_view(text).substr(i));
    diag::Diagnostic d = judge(source, i, length);
    if (!d.code.empty()) {
      diagnostics.add(std::move(d));
      ++reports;
    }
    i += length == 0 ? 1 : length;
  }
  return reports == 0;
}

}  // namespace wsgictl::yaml
