// SPDX-License-Identifier: Apache-2.0
// The name of a process that was forked and not exec'd, as ps shows it.
#pragma once

#include <string_view>

namespace wsgi::supervisor {

// `name`: comm, 15 bytes. `line`: the command line, cut to the room that the arguments of this
// process have, which are overwritten: nobody may read argv any more. Does nothing if /proc does
// not say where they are.
void set_title(const char* name, std::string_view line);

}  // namespace wsgi::supervisor
