// SPDX-License-Identifier: Apache-2.0
// Passing connections over a slot's pair.
#include "transport/handover.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transport/frame.h"

namespace wsgi::transport {
namespace {

union OneDescriptor {
  cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
};

// Every descriptor that came, whatever else is wrong, must end in an Fd or be closed.
Fd take_descriptor(msghdr& message) {
  Fd taken;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
    taken.reset(fd);
  }
  return taken;
}

}  // namespace

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
  OneDescriptor control{};
  msghdr out{};
  out.msg_iov = &part;
  out.msg_iovlen = 1;
  out.msg_control = control.space;
  out.msg_controllen = sizeof control.space;
  cmsghdr* header = CMSG_FIRSTHDR(&out);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof connection);
  std::memcpy(CMSG_DATA(header), &connection, sizeof connection);
  for (;;) {
    if (::sendmsg(sending, &out, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return HandOverSent::sent;
    if (errno != EINTR) break;
  }
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
  OneDescriptor control{};
  msghdr in{};
  in.msg_iov = &part;
  in.msg_iovlen = 1;
  in.msg_control = control.space;
  in.msg_controllen = CMSG_LEN(sizeof(int));  // its padded size would take two
  ssize_t size;
  do {
    size = ::recvmsg(receiving, &in, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) {
    got.got = errno == EAGAIN ? HandOverGot::empty : HandOverGot::ended;
    return got;
  }
  got.connection = take_descriptor(in);
  if (size == 0 && !got.connection) {
    got.got = HandOverGot::ended;
    return got;
  }
  const HandOver& m = got.message;
  const bool fits = size == sizeof m && !(in.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) &&
                    m.magic == kHandOverMagic && m.version == kIpcVersion &&
                    (m.flags & ~kHandOverOnce) == 0 && m.zero == 0 && got.connection;
  got.got = fits ? HandOverGot::connection : HandOverGot::bad;
  if (!fits) got.connection.reset();
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
