// SPDX-License-Identifier: Apache-2.0
#include "config/root.h"

namespace wsgi::config {

std::optional<std::string_view> inside_root(std::string_view root, std::string_view path) {
  while (root.ends_with('/')) root.remove_suffix(1);
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (path.empty()) return "/";
  return path.front() == '/' ? std::optional(path) : std::nullopt;
}

}  // namespace wsgi::config
