// SPDX-License-Identifier: Apache-2.0
// Files that Include means: a file, all files of a folder, or a pattern with wildcards in any part
// of the path. Blocks on the file system.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace wsgictl::apache_conf {

inline constexpr std::size_t kMaxFile = 16u << 20;  // bytes

// The text of a regular file, links followed; nothing if it cannot be read or is too large.
std::optional<std::string> read_whole(const std::string& path);

// The files that PATH (absolute) stands for below ROOT, as paths without the root, in Apache's
// order. Empty if there is none.
std::vector<std::string> included_files(const std::string& root, const std::string& path);

bool has_wildcard(const std::string& path);

}  // namespace wsgictl::apache_conf
