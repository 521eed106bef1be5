// SPDX-License-Identifier: Apache-2.0
// Control messages from either side, and boot records.
#include "transport/boot.h"
#include "transport/control.h"

using namespace wsgi::transport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const wsgi::ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
  for (Peer from : {Peer::child, Peer::daemon}) {
    const auto message = decode_control(bytes, from);
    if (!message) continue;
    Bytes again;
    encode_control(*message, again);
  }
  (void)decode_boot(bytes);
  return 0;
}
