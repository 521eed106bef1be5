// SPDX-License-Identifier: Apache-2.0
// What an Apache child sees of a daemon group: lease() takes a permit, finds a connection and sends
// the request; the Lease then reads frames, placing the request again as long as it cannot have
// started (retry table). A GroupClient belongs to one child process and is used by all its threads;
// a Lease belongs to one thread and request. Calls block as said, bounded by socket-timeout.
// Source: daemon-ipc.md, sections 3, 4, 6, 7, 8.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/exchange.h"
#include "base/log.h"
#include "transport/frame.h"
#include "transport/head_codec.h"
#include "transport/page.h"

namespace wsgi::transport {

// One generation of a group as a child holds it. Page and descriptors outlive the client.
struct GroupEnds {
  const Page* page = nullptr;
  std::vector<int> sending;  // one for each slot, borrowed
};

struct ClientOptions {
  std::string group;  // for texts
  std::chrono::milliseconds connect_timeout{15000};
  std::chrono::milliseconds queue_timeout{0};   // 0: bounded by socket_timeout only
  std::chrono::milliseconds socket_timeout{0};  // resolved; 0: none
  std::uint32_t send_buffer = 0,
                receive_buffer = 0;   // SO_SNDBUF, SO_RCVBUF of the daemon's end; 0: default
  std::size_t header_buffer = 32768;  // longest header line
  bool once = false;                  // a connection for each request
};

// What is sent. Everything it views stays valid until next() has returned GO, HEAD or END.
struct Ask {
  const RequestHead* head = nullptr;
  ByteView inline_body;
  bool body_follows = false;  // send_body() after GO
  bool can_continue = false;  // the client waits for 100 Continue
};

// How much of a body was taken. taken < size: the daemon speaks first; call next(), pass its frame
// on, then send_body() with exactly the rest. done: all was taken.
struct BodyStep {
  std::size_t taken = 0;
  bool done = false;
};

// What a failure means for the client of the request.
struct Verdict {
  int status = 500;                 // before HEAD
  std::uint32_t retry_after_s = 0;  // with 503; 0: none
  bool cut = false;                 // after HEAD: no status any more, end the answer visibly
};

struct LeaseState;
struct GroupClientState;

class Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();  // conversation complete: back to the pool; otherwise the connection is closed

  // The next frame: GO, HEAD, DATA, FILE, LOG or END; AGAIN and lost connections that may be placed
  // again never surface. Blocks up to socket-timeout. Fail ids: conn_*, resp_timeout,
  // resp_early_close, resp_daemon_died, resp_body_read, conn_protocol.
  Result<Frame> next();
  // HEAD's payload as strings; views die with the next call of next().
  Status read_head(const Frame& head, DecodedHead& into) const;
  // What of FILE's descriptor may be sent: a regular file, open for reading only, cut to its size.
  // Never map it: an application could truncate it. Fail id: conn_protocol.
  Result<FileRange> read_file(const Frame& file) const;

  // After GO. Returns early when the daemon speaks. After END nothing is sent any more: done.
  // Fail id: body_relay when the daemon is gone; read its answer with next().
  Result<BodyStep> send_body(ByteView bytes, bool last);
  // The client's body cannot be completed.
  Status fail_body(BodyFailure why);

  // Have bytes of the daemon's come, or do they within the time? Costs a system call only when none
  // is in the buffer.
  bool ready(int wait_ms) const;
  // To wait for the daemon and something else at once.
  int socket() const;

  Verdict verdict(const Fail& fail) const;
  Verdict verdict(const Outcome& outcome) const;  // END that is not ok

  std::uint32_t daemon_pid() const;  // as the page says
  std::uint32_t connects() const;
  std::uint32_t rejections() const;

 private:
  friend class GroupClient;
  explicit Lease(std::unique_ptr<LeaseState> state);
  std::unique_ptr<LeaseState> state_;
};

class GroupClient {
 public:
  // `elder`: the previous generation's ends, when settings and page version are equal.
  GroupClient(ClientOptions options, GroupEnds own, std::optional<GroupEnds> elder = std::nullopt);
  ~GroupClient();
  GroupClient(const GroupClient&) = delete;
  GroupClient& operator=(const GroupClient&) = delete;

  // Permit, connection and the whole request on its way. Blocks until a permit is free (queue
  // timeout, socket timeout), never longer than `deadline`. `log` gets info lines about placing
  // again and must outlive the lease. Fail ids: conn_broken, conn_exhausted, conn_queue,
  // conn_restarts, conn_socket, conn_send.
  Result<Lease> lease(Deadline deadline, const Ask& ask, Log& log);
  // Without a lease: what its failure means.
  Verdict verdict(const Fail& fail) const;

 private:
  std::unique_ptr<GroupClientState> state_;
};

}  // namespace wsgi::transport
