// SPDX-License-Identifier: Apache-2.0
// Bytes in a fully sealed memfd: how a boot record and Apache's scoreboard reach a daemon. Who
// receives the descriptor reads it without the sender's help and cannot change it. Any thread;
// nothing blocks. Source: memfd_create(2); daemon-ipc.md, sections 1 and 8.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "transport/wire.h"

namespace wsgi::transport {

// A new memfd that holds `bytes`. Fail id: internal, with errno.
Result<Fd> sealed(const char* name, ByteView bytes);

// All of a memfd of at most `most` bytes; the file position is not used. Fail id: internal.
Result<Bytes> read_sealed(int fd, std::size_t most);

}  // namespace wsgi::transport
