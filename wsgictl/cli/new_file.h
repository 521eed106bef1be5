// SPDX-License-Identifier: Apache-2.0
// A file that a command makes for the user, in a folder of theirs. Blocks on the disk.
#pragma once

#include <string>
#include <string_view>

#include "cli/context.h"

namespace wsgictl::cli {

// The whole file or nothing, never through a link at its name. A file that is there is an error
// without FORCE. False and a diagnostic if it could not be written.
bool write_new_file(Context& context, const std::string& path, std::string_view text, int mode,
                    bool force);

}  // namespace wsgictl::cli
