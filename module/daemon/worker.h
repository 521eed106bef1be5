// SPDX-License-Identifier: Apache-2.0
// One worker thread: waits in the server's set, serves one conversation after the other.
// Source: daemon-ipc.md, sections 4 to 6.
#pragma once

#include <cstdint>

#include "daemon/connections.h"
#include "daemon/conversation.h"
#include "daemon/server.h"

namespace wsgi::daemon {

// Epoll data that is not the id of a connection.
inline constexpr std::uint64_t kStopEvent = ~std::uint64_t{0};
inline constexpr std::uint64_t kHandOverEvent = ~std::uint64_t{0} - 1;

class Worker {
 public:
  Worker(Server& server, std::uint32_t index) : server_(server), index_(index) {}
  void run();  // until the server drains

 private:
  void take_handovers();
  void serve(const Connections::Busy& connection);
  bool converse(Conversation& conversation);
  bool expired(const RequestHead& head) const;

  Server& server_;
  const std::uint32_t index_;
  Scratch scratch_;
};

}  // namespace wsgi::daemon
