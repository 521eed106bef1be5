// SPDX-License-Identifier: Apache-2.0
// Files of NAME=VALUE lines that become the environment of a daemon (option environment-file).
// Read by the supervisor with its own rights, before each start, so that a changed secret needs no
// new configuration. Texts of errors name file and line, never a value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace wsgi::supervisor {

using Variables = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMaxEnvFile = 1024 * 1024;

struct EnvFile {
  Variables variables;  // in order; a later one of the same name wins
  std::string warning;  // "" or: everybody can read the file
};

// One variable a line. Empty lines and lines that begin with '#' are skipped, blanks around the
// name and before the line are dropped; the value is the rest of the line, without one pair of
// equal quotes around it. Fail id: env_file.
Result<Variables> parse_env(std::string_view text, std::string_view file);

// Must be a regular file that only its owner and group can write. Fail id: env_file.
Result<EnvFile> read_env_file(const std::string& path);

}  // namespace wsgi::supervisor
