// SPDX-License-Identifier: Apache-2.0
// Gives up root between fork and exec, in the order of runtime.md 7.1: chroot, group ids, user id;
// every result is checked and all ids are read back. Afterwards the working directory and the
// umask. Runs in the forked child only: on failure the process must end, whatever it still may do.
#pragma once

#include <string>

#include "base/result.h"
#include "config/settings.h"
#include "transport/control.h"

namespace wsgi::supervisor {

struct PrivilegeFailure {
  transport::StartStep step = transport::StartStep::none;  // none: all went well
  ErrorId id = ErrorId::internal;
  int sys = 0;
  std::string text;
};

// chroot and ids; does nothing if the server did not start as root (no has_identity).
PrivilegeFailure drop_privileges(const config::DaemonOptions& options);

// "": stay where we are. Needs to run as the daemon's user.
PrivilegeFailure enter_directory(const std::string& directory,
                                 const config::DaemonOptions& options);

// Where a daemon works: `home`, else its user's home if that is not Apache's user, else "".
std::string working_directory(const config::DaemonOptions& options, std::uint32_t server_uid);

}  // namespace wsgi::supervisor
