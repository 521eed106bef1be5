// SPDX-License-Identifier: Apache-2.0
// All that a daemon is told: one record in a fully sealed memfd, read once at its start. Made by
// the supervisor for each occupant. Descriptors of a daemon are fixed. Source: daemon-ipc.md,
// sections 1 and 8.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/level.h"
#include "base/result.h"
#include "config/settings.h"
#include "transport/page.h"
#include "transport/wire.h"

namespace wsgi::transport {

// Descriptors of a daemon at its first instruction; 0 is /dev/null, 1 and 2 the output pipe.
inline constexpr int kControlFd = 3;
inline constexpr int kReceivingFd = 4;
inline constexpr int kPageFd = 5;
inline constexpr int kBootFd = 6;

struct BootRecord {
  config::DaemonOptions options;
  config::PythonSettings python;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  PageShape shape;                   // of the page behind descriptor 5
  std::vector<WarmScript> imports;   // WSGIImportScript of this group, in order
  std::vector<WarmScript> warm;      // scripts of the predecessor
  Level log_level = Level::warning;  // of the server that declared the group
  bool case_sensitive = true;
  std::uint32_t server_pid = 0;         // Apache's parent
  std::uint32_t socket_timeout_ms = 0;  // resolved; 0 = none
  config::ApacheFacts apache;
  std::string server_name;  // of the server that declared the group; for log lines
};

void encode_boot(const BootRecord& record, Bytes& out);
// Fail id: daemon_start_failed.
Result<BootRecord> decode_boot(ByteView bytes);

// The supervisor: a sealed memfd (write, shrink, grow, seal), offset 0. Fail id: daemon_fork.
Result<Fd> write_boot(const BootRecord& record);
// The daemon: reads all of it; the descriptor is borrowed.
Result<BootRecord> read_boot(int fd);

}  // namespace wsgi::transport
