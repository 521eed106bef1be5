// SPDX-License-Identifier: Apache-2.0
// Paths as a process sees them whose root directory is another (chroot=). Pure; any thread.
// Source: runtime.md 6.5.
#pragma once

#include <optional>
#include <string_view>

namespace wsgi::config {

// `path` below `root`, as seen from there: a part of `path`, with its end, or "/". None: outside.
// Texts are compared, links are not followed. An empty root is the process's own.
std::optional<std::string_view> inside_root(std::string_view root, std::string_view path);

}  // namespace wsgi::config
