// SPDX-License-Identifier: Apache-2.0
// recvmsg into one buffer, frames cut out of it; sendmsg with gathered parts.
#include "transport/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "transport/descriptor.h"

namespace wsgi::transport {
namespace {

constexpr std::size_t kHeader = sizeof(FrameHeader);
// From this on a frame is worth larger buffers.
constexpr std::size_t kLarge = 256 * 1024;
constexpr int kLargeBuffer = 384 * 1024;

bool is_bulk(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(FrameType::body) ||
         type == static_cast<std::uint8_t>(FrameType::data);
}

std::size_t bytes_of(std::span<const iovec> parts) {
  std::size_t sum = 0;
  for (const iovec& part : parts) sum += part.iov_len;
  return sum;
}

void consume(std::span<iovec>& parts, std::size_t bytes) {
  while (!parts.empty() && bytes >= parts.front().iov_len) {
    bytes -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (!parts.empty()) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + bytes;
    parts.front().iov_len -= bytes;
  }
}

// A sender that fills a small buffer and a reader that drains it take turns on one CPU: an eighth of
// a large body's cost. The kernel's limit may make it less.
void widen(int fd) {
  const int bytes = kLargeBuffer;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

Sent send_error() {
  if (errno == EPIPE || errno == ECONNRESET) return Sent::gone;
  return errno == EAGAIN ? Sent::timeout : Sent::error;
}

}  // namespace

void ReceiveBuffer::settle() {
  begin_ = end_ = 0;
  if (capacity_ > kUsual) {
    data_.reset();
    capacity_ = 0;
  }
}

bool ReceiveBuffer::make_room(std::size_t size) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (data_ && capacity_ - begin_ >= size && capacity_ > end_) return true;
  const std::size_t held = end_ - begin_;
  if (capacity_ < size || !data_) {
    const std::size_t wanted = std::max(size, kUsual);
    std::unique_ptr<std::byte[]> bigger(new (std::nothrow) std::byte[wanted]);
    if (!bigger) return false;
    if (held) std::memcpy(bigger.get(), data_.get() + begin_, held);
    data_ = std::move(bigger);
    capacity_ = wanted;
  } else if (held) {
    std::memmove(data_.get(), data_.get() + begin_, held);
  }
  begin_ = 0;
  end_ = held;
  return true;
}

Got Channel::fill(int flags) {
  iovec part{buffer_->data_.get() + buffer_->end_, buffer_->capacity_ - buffer_->end_};
  if (exact_) part.iov_len = std::min(part.iov_len, wanted_);
  MessageGot got = receive_message(fd_, part, flags);
  if (got.size < 0) {
    if (errno == EAGAIN) return flags & MSG_DONTWAIT ? Got::nothing : Got::timeout;
    return errno == ECONNRESET ? Got::reset : Got::error;
  }
  if (got.descriptor) {
    if (file_ || (got.flags & MSG_CTRUNC)) return Got::violation;
    file_ = std::move(got.descriptor);
  }
  if (got.size == 0) return Got::eof;
  buffer_->end_ += static_cast<std::size_t>(got.size);
  return Got::frame;
}

// Hands out what is there of the bulk frame in progress.
bool Channel::piece(Frame& into) {
  const std::size_t there = buffer_->end_ - buffer_->begin_;
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(there, bulk_left_));
  if (size == 0 && bulk_left_ != 0) return false;
  into.type = static_cast<FrameType>(bulk_.type);
  into.payload = {buffer_->data_.get() + buffer_->begin_, size};
  into.file.reset();
  buffer_->begin_ += size;
  bulk_left_ -= size;
  into.flags = bulk_left_ == 0 ? bulk_.flags : std::uint8_t{0};
  return true;
}

// True: a frame or a violation is in `into` and `got`. False: more bytes are needed, and there is
// room for them.
bool Channel::parse(Frame& into, Got& got) {
  got = Got::frame;
  if (bulk_left_ != 0 && piece(into)) return true;
  const std::size_t there = buffer_->end_ - buffer_->begin_;
  if (bulk_left_ != 0 || there < kHeader) {
    wanted_ = bulk_left_ != 0 ? bulk_left_ : kHeader - there;
    if (!buffer_->make_room(bulk_left_ >= kLarge ? kLarge : kHeader)) got = Got::error;
    return got != Got::frame;
  }
  const ByteView bytes{buffer_->data_.get() + buffer_->begin_, there};
  const auto header = decode_header(bytes.first(kHeader), other_);
  got = Got::violation;
  if (!header) return true;
  const bool is_file = header->type == static_cast<std::uint8_t>(FrameType::file);
  if (is_bulk(header->type) && !(header->flags & kBodyFailed && other_ == Peer::child)) {
    buffer_->begin_ += kHeader;
    bulk_ = *header;
    bulk_left_ = header->length;
    got = Got::frame;
    return piece(into) || parse(into, got);
  }
  if (there < kHeader + header->length) {
    wanted_ = kHeader + header->length - there;
    if (buffer_->make_room(kHeader + header->length)) return false;
    got = Got::error;
    return true;
  }
  if (is_file && !file_) return true;
  into.type = static_cast<FrameType>(header->type);
  into.flags = header->flags;
  into.payload = bytes.subspan(kHeader, header->length);
  into.file.reset();
  if (is_file) into.file = std::move(file_);
  buffer_->begin_ += kHeader + header->length;
  // A descriptor came, everything received is used up, and it was for no FILE.
  got = file_ && buffer_->begin_ == buffer_->end_ ? Got::violation : Got::frame;
  return true;
}

Got Channel::receive(Frame& into, const Deadline& deadline) {
  for (;;) {
    Got got;
    if (parse(into, got)) return got;
    if (!deadline.never() && wait_ready(fd_, POLLIN, deadline.left_ms()) == 0) return Got::timeout;
    got = fill(0);
    if (got != Got::frame) return got;
  }
}

Got Channel::try_receive(Frame& into) {
  for (;;) {
    Got got;
    if (parse(into, got)) return got;
    got = fill(MSG_DONTWAIT);
    if (got != Got::frame) return got;
  }
}

Sent Channel::send(std::span<iovec> parts, int descriptor) {
  consume(parts, 0);
  if (bytes_of(parts) >= kLarge) widen(fd_);
  while (!parts.empty()) {
    const ssize_t sent = send_message(fd_, parts, descriptor, 0);
    if (sent < 0) return send_error();
    descriptor = -1;
    consume(parts, static_cast<std::size_t>(sent));
  }
  return Sent::all;
}

Channel::Part Channel::send_some(std::span<iovec>& parts) {
  consume(parts, 0);
  while (!parts.empty()) {
    const ssize_t sent = send_message(fd_, parts, -1, MSG_DONTWAIT);
    if (sent < 0) {
      const Sent why = send_error();
      return {false, why == Sent::timeout ? Sent::all : why};
    }
    consume(parts, static_cast<std::size_t>(sent));
  }
  return {true, Sent::all};
}

short Channel::wait_ready(int fd, short events, int timeout_ms) {
  pollfd one{fd, events, 0};
  const Deadline deadline =
      timeout_ms < 0 ? Deadline() : Deadline::in(std::chrono::milliseconds(timeout_ms));
  for (;;) {
    const int ready = ::poll(&one, 1, deadline.left_ms());
    if (ready > 0) return one.revents;
    if (ready == 0 || errno != EINTR) return 0;
  }
}

void set_timeouts(int fd, std::chrono::milliseconds time) {
  const auto ms = time.count();
  const timeval value{ms / 1000, (ms % 1000) * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
}

}  // namespace wsgi::transport
