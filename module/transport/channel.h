// SPDX-License-Identifier: Apache-2.0
// Framed reading and writing on one connection, without a system call more than the frames need.
// The socket blocks; its timeouts were set once (set_timeouts). A Channel borrows socket and
// buffer, belongs to one thread and lives for one conversation. Source: daemon-ipc.md, section 5.
#pragma once

#include <sys/uio.h>

#include <chrono>
#include <memory>
#include <span>

#include "base/clock.h"
#include "transport/frame.h"

namespace wsgi::transport {

// Receive buffer that outlives conversations. Grows to one frame's limit at most.
class ReceiveBuffer {
 public:
  static constexpr std::size_t kUsual = 64 * 1024;
  // Gives memory beyond the usual size back. Only while empty.
  void settle();

 private:
  friend class Channel;
  bool make_room(std::size_t size);  // contiguous, from begin_
  std::unique_ptr<std::byte[]> data_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

enum class Got : std::uint8_t {
  frame,
  nothing,    // would block, where that was asked for
  eof,        // the other end has closed and had read everything
  reset,      // it closed with bytes unread
  timeout,    // socket-timeout, or the deadline
  violation,  // not the protocol
  error,      // errno is set
};

enum class Sent : std::uint8_t { all, gone, timeout, error };

class Channel {
 public:
  Channel(int fd, ReceiveBuffer& buffer, Peer other) : fd_(fd), buffer_(&buffer), other_(other) {}

  // The next frame or piece of one. Views die with the next call. A deadline that is not `never`
  // costs a poll() and is kept to even where frames trickle in.
  Got receive(Frame& into, const Deadline& deadline = {});
  // The same without blocking: nothing.
  Got try_receive(Frame& into);

  // Writes everything, blocking. `descriptor` travels with the first byte. Parts are consumed. Much
  // of it (256 KiB) widens the socket's send buffer for good.
  Sent send(std::span<iovec> parts, int descriptor = -1);
  // Writes what fits now; false in `all` means that the rest must follow by send().
  struct Part {
    bool all = false;
    Sent sent = Sent::all;
  };
  Part send_some(std::span<iovec>& parts);
  // Blocks until the socket is writable or readable; 0 when the time is over.
  static short wait_ready(int fd, short events, int timeout_ms);

  // Bytes have come that no frame handed out yet.
  bool buffered() const { return buffer_->begin_ != buffer_->end_; }
  // From now on never reads beyond the frame in progress: what follows belongs to another.
  void read_exactly() { exact_ = true; }

  // No byte of a further frame has come. A conversation must end so.
  bool quiet() const { return buffer_->begin_ == buffer_->end_ && bulk_left_ == 0 && !file_; }

 private:
  Got fill(int flags);
  bool parse(Frame& into, Got& got);
  bool piece(Frame& into);

  int fd_;
  ReceiveBuffer* buffer_;
  Peer other_;
  bool exact_ = false;
  std::size_t wanted_ = 0;       // bytes that parse() lacks
  Fd file_;                      // came with a frame that is not complete yet
  FrameHeader bulk_{};           // BODY or DATA of which a part was handed out
  std::uint32_t bulk_left_ = 0;  // bytes of it to come
};

// SO_RCVTIMEO and SO_SNDTIMEO; 0 = none. Errors do not matter: the limits are then the kernel's.
void set_timeouts(int fd, std::chrono::milliseconds time);

inline iovec part_of(ByteView bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace wsgi::transport
