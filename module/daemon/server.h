// SPDX-License-Identifier: Apache-2.0
// The epoll set of a daemon and its workers, all of which wait in it: hand-overs, connections, and
// one event that tells idle workers to end. Owned by main. Source: daemon-ipc.md, sections 4 and 6.
#pragma once

#include <pthread.h>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/cells.h"
#include "daemon/connections.h"
#include "daemon/vitals.h"
#include "engine/engine.h"
#include "transport/boot.h"
#include "transport/control.h"
#include "transport/permits.h"

namespace wsgi::daemon {

// What a server needs; all of it outlives the server.
struct ServerParts {
  const transport::BootRecord& boot;
  const transport::Page& page;
  engine::Engine& engine;
  Vitals& vitals;
  Log& log;
  int receiving;                                // descriptor 4
  std::function<void(transport::Cause)> leave;  // any thread: this process must be replaced
  std::function<void()> full;                   // any thread: maximum-requests is reached
  std::function<void()> wake;                   // any thread: a conversation ended
};

class Server {
 public:
  explicit Server(ServerParts parts);
  ~Server();  // joins; only after stop_accepting()
  // Epoll set and threads. Fail id: thread_create.
  Status start();

  // No hand-over and no further request; idle connections are closed. Workers end when their
  // conversation does.
  void stop_accepting();
  // Waits for the workers.
  void join();
  // Closes unread what children handed over to this occupant too late.
  void return_late() const;

  Connections& connections() { return *connections_; }
  int epoll() const { return epoll_.get(); }
  transport::Permit occupant() const {
    return {static_cast<std::uint16_t>(parts_.boot.slot), parts_.boot.generation};
  }

 private:
  void complain_of_descriptors();
  friend class Worker;
  static void* run_worker(void* start);

  ServerParts parts_;
  Cells cells_;
  Fd epoll_, stop_;
  std::unique_ptr<Connections> connections_;
  std::vector<pthread_t> threads_;
  std::atomic<bool> draining_{false};
  std::atomic<std::uint64_t> complained_us_{0};
};

}  // namespace wsgi::daemon
