// SPDX-License-Identifier: Apache-2.0
// Replacing a file or link as a whole: temporary name in the same folder, fsync, rename, fsync of
// the folder. No destination is ever open for writing, so a full disk or a kill at any point leaves
// the old content. Blocks on the disk. Source: wsgictl-conventions, section 6.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "sys/files.h"

namespace wsgictl::sys {

// Temporary names start and end with these, so that leftovers of a killed run can be told.
inline constexpr std::string_view kTemporaryPrefix = ".wsgictl-";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

// Owner is who runs this. Refuses a folder that somebody else owns or can write, and a PATH that is
// a link or no regular file.
Status replace_file(const std::string& path, std::string_view content, int mode);
Status replace_link(const std::string& path, const std::string& target);

// The folder above PATH, opened without following a link in its last part, after the check that
// nobody but root and who runs this can write to it.
Result<wsgi::Fd> open_parent(const std::string& path);

// Whole file, of at most 64 MiB; a link in the last part is refused.
Result<std::string> read_file(const std::string& path);

}  // namespace wsgictl::sys
