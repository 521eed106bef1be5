// SPDX-License-Identifier: Apache-2.0
// Starts one daemon: prepares everything, forks, and in the child does in order what runtime.md 7.1
// asks for, then becomes the runtime's executable. What fails in the child is told by FAILED on the
// control socket. Called by the supervisor, which has one thread, so the child may use the heap.
// Source: daemon-ipc.md, section 8 (Start); ARCHITECTURE.md, section 6.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "supervisor/env_file.h"
#include "supervisor/group.h"
#include "transport/boot.h"

namespace wsgi::supervisor {

struct Spawned {
  pid_t pid = 0;
  Fd control;                         // SEQPACKET, non-blocking
  Fd output;                          // pipe, non-blocking
  std::vector<std::string> warnings;  // id env_file
};

// Does not wait for the child. Fail ids: daemon_fork, env_file, cfg_runtime_missing.
Result<Spawned> spawn(const DaemonGroup& group, const transport::BootRecord& boot);

// The name a daemon shows: display-name, or (wsgi:GROUP).
std::string process_title(const config::DaemonOptions& options);

// The environment of a daemon as NAME=VALUE: ours, with the group's own and the files' on top.
std::vector<std::string> daemon_environment(const config::DaemonOptions& options,
                                            const Variables& files);

}  // namespace wsgi::supervisor
