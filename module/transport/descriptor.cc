// SPDX-License-Identifier: Apache-2.0
#include "transport/descriptor.h"

#include <cerrno>
#include <cstring>

namespace wsgi::transport {
namespace {

union OneDescriptor {
  cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
};

}  // namespace

ssize_t send_message(int socket, std::span<iovec> parts, int descriptor, int flags) {
  OneDescriptor control;
  msghdr out{};
  out.msg_iov = parts.data();
  out.msg_iovlen = parts.size();
  if (descriptor >= 0) {
    std::memset(&control, 0, sizeof control);
    out.msg_control = control.space;
    out.msg_controllen = sizeof control.space;
    cmsghdr* header = CMSG_FIRSTHDR(&out);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &out, MSG_NOSIGNAL | flags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

MessageGot receive_message(int socket, iovec into, int flags) {
  OneDescriptor control;
  msghdr in{};
  in.msg_iov = &into;
  in.msg_iovlen = 1;
  in.msg_control = control.space;
  in.msg_controllen = CMSG_LEN(sizeof(int));  // its padded size would take two
  MessageGot got;
  do {
    got.size = ::recvmsg(socket, &in, MSG_CMSG_CLOEXEC | flags);
  } while (got.size < 0 && errno == EINTR);
  if (got.size < 0) return got;
  got.flags = in.msg_flags;
  const cmsghdr* header = in.msg_controllen > 0 ? CMSG_FIRSTHDR(&in) : nullptr;
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    got.descriptor.reset(fd);
    // Closing the last copy of a socket that lingers would block for as long as its maker liked.
    // No file and no socketpair has anything to lose by it.
    const linger off{};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
  }
  return got;
}

}  // namespace wsgi::transport
