// SPDX-License-Identifier: Apache-2.0
#include "config/alias.h"

namespace wsgi::config {

std::optional<std::size_t> match_alias(std::string_view alias, std::string_view path) {
  if (alias.empty()) return std::nullopt;
  std::size_t a = 0, p = 0;
  while (a < alias.size()) {
    if (p == path.size() || alias[a] != path[p]) return std::nullopt;
    if (alias[a] != '/') {
      ++a, ++p;
      continue;
    }
    while (a < alias.size() && alias[a] == '/') ++a;
    while (p < path.size() && path[p] == '/') ++p;
  }
  if (alias.find_first_not_of('/') == std::string_view::npos) return 0;
  if (alias.back() == '/' || p == path.size() || path[p] == '/') return p;
  return std::nullopt;
}

}  // namespace wsgi::config
