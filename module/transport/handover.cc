// SPDX-License-Identifier: Apache-2.0
// Passing connections over a slot's pair.
#include "transport/handover.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "transport/descriptor.h"
#include "transport/frame.h"

namespace wsgi::transport {
Result<HandOverPair> make_handover_pair(std::uint32_t threads) {
  const auto failed = [] {
    return Fail{ErrorId::supervisor_start, "a hand-over pair cannot be made", errno};
  };
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return failed();
  HandOverPair pair{Fd(ends[0]), Fd(ends[1])};
  // One way: an occupant can never make a sender's end readable.
  if (::shutdown(pair.receiving.get(), SHUT_WR) != 0) return failed();
  const auto wanted = static_cast<int>(1024 * std::min<std::uint32_t>(threads + 64, 65536));
  int now = 0;
  socklen_t size = sizeof now;
  ::getsockopt(pair.sending.get(), SOL_SOCKET, SO_SNDBUF, &now, &size);
  // FORCE may exceed net.core.wmem_max, but only for a privileged parent.
  if (wanted > now &&
      ::setsockopt(pair.sending.get(), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) != 0) {
    ::setsockopt(pair.sending.get(), SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
  }
  return pair;
}

HandOverSent send_handover(int sending, const HandOver& message, int connection) {
  iovec part{const_cast<HandOver*>(&message), sizeof message};
  if (send_message(sending, {&part, 1}, connection, MSG_DONTWAIT) >= 0) return HandOverSent::sent;
  switch (errno) {
    case EAGAIN:
      return HandOverSent::full;
    case ECONNRESET:
    case EPIPE:
      return HandOverSent::gone;
    case ETOOMANYREFS:
      return HandOverSent::in_flight;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return HandOverSent::no_descriptors;
    default:
      return HandOverSent::failed;
  }
}

ReceivedHandOver receive_handover(int receiving) {
  ReceivedHandOver got;
  iovec part{&got.message, sizeof got.message};
  MessageGot message = receive_message(receiving, part, MSG_DONTWAIT);
  if (message.size < 0) {
    got.got = errno == EAGAIN ? HandOverGot::empty : HandOverGot::ended;
    return got;
  }
  got.connection = std::move(message.descriptor);
  if (message.size == 0 && !got.connection) {
    got.got = HandOverGot::ended;
    return got;
  }
  const HandOver& m = got.message;
  const bool whole = message.size == sizeof m && !(message.flags & MSG_TRUNC) &&
                     m.magic == kHandOverMagic && m.version == kIpcVersion &&
                     (m.flags & ~kHandOverOnce) == 0 && m.zero == 0;
  const bool cut = (message.flags & MSG_CTRUNC) != 0;
  if (whole && !cut && got.connection) {
    got.got = HandOverGot::connection;
  } else {
    got.got = whole && cut && !got.connection ? HandOverGot::no_room : HandOverGot::bad;
    got.connection.reset();
  }
  return got;
}

std::size_t flush_handovers(int receiving) {
  std::size_t closed = 0;
  for (;;) {
    const auto got = receive_handover(receiving);
    if (got.got == HandOverGot::empty || got.got == HandOverGot::ended) return closed;
    ++closed;
  }
}

}  // namespace wsgi::transport
