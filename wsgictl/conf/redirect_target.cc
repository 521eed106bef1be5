// SPDX-License-Identifier: Apache-2.0
// Escapes of redirects; see redirect_target.h.
#include "conf/redirect_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "diag/text.h"
#include "model/text_rules.h"

namespace wsgictl::conf {
namespace {

int hex(char c) {
  if (model::digit(c)) return c - '0';
  const char small = static_cast<char>(c | 32);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// Why an escaped C would not come back, or "". RFC 3986, section 2.2: an escaped sign of the URL
// is another than the bare one; an escaped letter is not.
std::string_view lost(char c) {
  constexpr std::string_view kBare = "!$&'()*+,/:;=@", kEnd = "?#";
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) return "a control character cannot be written";
  if (kBare.find(c) != std::string_view::npos) return "Apache would send the sign itself";
  if (kEnd.find(c) != std::string_view::npos) return "the path would end there";
  return "";
}

std::size_t end_of_path(std::string_view url) {
  return std::min(url.find_first_of("?#"), url.size());
}

}  // namespace

RedirectTarget redirect_target(std::string_view url) {
  RedirectTarget out;
  std::string letter;  // the first escape beyond ASCII
  const std::size_t end = end_of_path(url);
  for (std::size_t i = 0; i < end; ++i) {
    const bool escape =
        url[i] == '%' && end - i > 2 && hex(url[i + 1]) >= 0 && hex(url[i + 2]) >= 0;
    if (!escape) {
      out.text += url[i];
      continue;
    }
    const char c = static_cast<char>(hex(url[i + 1]) * 16 + hex(url[i + 2]));
    if (const auto why = lost(c); !why.empty())
      return {"", std::string(url.substr(i, 3)), why.data()};
    if (static_cast<unsigned char>(c) >= 0x80 && letter.empty()) letter = url.substr(i, 3);
    out.text += c;
    i += 2;
  }
  if (diag::escape(out.text) != out.text) return {"", letter, "it is no visible UTF-8"};
  out.text += url.substr(end);
  return out;
}

std::string url_of_target(std::string_view text) {
  constexpr std::string_view kEscaped = "%\"\\<>^`{|}";
  std::string out;
  const std::size_t end = end_of_path(text);
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || kEscaped.find(c) != std::string_view::npos)
      out += fmt::format("%{:02X}", byte);
    else
      out += c;
  }
  return out.append(text.substr(end));
}

}  // namespace wsgictl::conf
