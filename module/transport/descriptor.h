// SPDX-License-Identifier: Apache-2.0
// One message of a UNIX socket, with at most one descriptor beside its bytes (unix(7), SCM_RIGHTS).
// The one place that knows control messages; EINTR never comes out. Calls block as `flags` and the
// socket say. Any thread; nothing is kept.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <span>

#include "base/fd.h"

namespace wsgi::transport {

// sendmsg(2) without SIGPIPE. The descriptor stays the caller's; -1 sends none. Returns the bytes
// that went, or -1 with errno.
ssize_t send_message(int socket, std::span<iovec> parts, int descriptor, int flags);

struct MessageGot {
  ssize_t size = -1;  // -1: errno says why
  int flags = 0;      // MSG_TRUNC, MSG_CTRUNC: something did not fit
  Fd descriptor;      // close-on-exec
};

// recvmsg(2). A second descriptor does not fit: the kernel drops it and sets MSG_CTRUNC. A socket
// that came will not linger when it is closed (socket(7), SO_LINGER), so that closing it never
// waits.
MessageGot receive_message(int socket, iovec into, int flags);

}  // namespace wsgi::transport
