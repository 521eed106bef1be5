// SPDX-License-Identifier: Apache-2.0
// The whole program but for main's rim: arguments in, exit code out. Tests call it with streams of
// their own. Never throws; a bug becomes exit code 70.
#pragma once

#include "cli/context.h"

namespace wsgictl::cli {

int run(int argc, const char* const* argv, Streams& streams);

}  // namespace wsgictl::cli
