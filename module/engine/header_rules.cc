// SPDX-License-Identifier: Apache-2.0
#include "engine/header_rules.h"

#include <algorithm>

namespace wsgi::engine {
namespace {

constexpr std::string_view kHopByHop[] = {"connection", "keep-alive", "transfer-encoding",
                                          "te",         "trailer",    "upgrade"};
constexpr std::size_t kLongestShown = 256;

}  // namespace

bool same_name(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() &&
         std::equal(name.begin(), name.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
         });
}

bool hop_by_hop(std::string_view name) {
  // Few headers start with one of these letters.
  if (name.empty() || std::string_view("cktuCKTU").find(name[0]) == std::string_view::npos) {
    return false;
  }
  return std::any_of(std::begin(kHopByHop), std::end(kHopByHop),
                     [&](std::string_view field) { return same_name(name, field); });
}

std::string escaped(std::string_view text) {
  std::string shown;
  for (char c : text.substr(0, kLongestShown)) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      shown += c;
      continue;
    }
    shown += "\\x";
    shown += "0123456789abcdef"[byte >> 4];
    shown += "0123456789abcdef"[byte & 15];
  }
  return shown;
}

}  // namespace wsgi::engine
