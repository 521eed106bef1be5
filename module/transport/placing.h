// SPDX-License-Identifier: Apache-2.0
// Inside of GroupClient: finding a permit and a connection for one request, and putting the whole
// request on its way. What a failed attempt means is the upper half of the retry table. Used by
// client.cc only; one Placing for each generation, shared by all threads of a child.
// Source: daemon-ipc.md, sections 3, 4, 7, 8.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "transport/client.h"
#include "transport/handover.h"
#include "transport/permits.h"
#include "transport/pool.h"

namespace wsgi::transport {

// Frame header with head, and inline body.
using Request = std::array<iovec, 2>;

// One generation: page, sending ends, pooled connections, and what this child learnt of its slots.
class Ends {
 public:
  Ends(const GroupEnds& ends, const ClientOptions& options);

  const Page& page() const { return *ends_.page; }
  Pool& pool() { return pool_; }
  std::optional<Permit> take(SlotState state);
  bool all_broken() const;
  // A slot is avoided for a while; no bell rings when that is over.
  bool paused() const;

  // How the request travels.
  enum class Way : std::uint8_t { sent, other_slot, no_descriptors, failed };
  // connection: set when sent. `connects` counts fresh connections. errno is set on failure.
  Way send(const Permit& permit, const Request& request, Log& log,
           std::unique_ptr<Connection>& connection, std::uint32_t& connects);
  // That occupant takes no more: not this slot until its generation changes.
  void avoid(const Permit& permit) { marks_[permit.slot].gone = permit.generation; }

 private:
  struct Mark {
    std::atomic<std::int64_t> until_us{0};
    std::atomic<std::uint32_t> gone{0};
  };
  Way send_fresh(const Permit& permit, const Request& request, Log& log,
                 std::unique_ptr<Connection>& connection);
  Way judge(HandOverSent sent, const Permit& permit, Log& log);

  GroupEnds ends_;
  const ClientOptions& options_;
  Pool pool_;
  std::vector<Mark> marks_;
  std::atomic<std::uint32_t> turn_{0};
  std::atomic<std::uint64_t> serial_{0};
  std::atomic<std::int64_t> complained_us_{0};
};

struct GroupClientState {
  GroupClientState(ClientOptions given, GroupEnds own_ends, std::optional<GroupEnds> elder_ends);

  ClientOptions options;
  Ends own;
  std::optional<Ends> elder;

  struct Place {
    Ends* ends = nullptr;
    Permit permit;
  };
  // Blocks until there is a permit. Fail ids: conn_broken, conn_exhausted, conn_queue.
  Result<Place> find(const Deadline& deadline);

 private:
  bool bridging() const;
  std::optional<Place> look();
  Result<Place> wait(const Deadline& deadline);
  Fail too_late() const;
};

}  // namespace wsgi::transport
