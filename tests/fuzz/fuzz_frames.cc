// SPDX-License-Identifier: Apache-2.0
// A peer that sends anything: the first byte says which side it plays, the rest is its stream.
#include <sys/socket.h>

#include "transport/channel.h"

using namespace wsgi::transport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64 * 1024) return 0;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 0;
  wsgi::Fd near(ends[0]), far(ends[1]);
  if (::send(far.get(), data + 1, size - 1, MSG_NOSIGNAL) < 0) return 0;
  far.reset();
  ReceiveBuffer buffer;
  Channel channel(near.get(), buffer, data[0] & 1 ? Peer::child : Peer::daemon);
  Frame frame;
  while (channel.receive(frame) == Got::frame) {
    if (frame.type == FrameType::log) (void)decode_log(frame.payload);
    if (frame.type == FrameType::end) (void)decode_end(frame.payload);
    if (frame.type == FrameType::file) (void)decode_file(frame.payload);
  }
  return 0;
}
