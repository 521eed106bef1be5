// SPDX-License-Identifier: Apache-2.0
// Heads of both directions. What is accepted must survive being encoded again.
#include <cstdlib>

#include "transport/head_codec.h"

using namespace wsgi::transport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const wsgi::ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
  DecodedRequest request;
  if (decode_request(bytes, request)) {
    Bytes again;
    if (!encode_request(request.head, again)) std::abort();
    DecodedRequest second;
    if (!decode_request(again, second) || second.variables.size() != request.variables.size()) {
      std::abort();
    }
  }
  DecodedHead head;
  if (decode_head(bytes, 8192, head)) {
    Bytes again;
    if (!encode_head(head.head, again)) std::abort();
    if (wsgi::as_text(again) != wsgi::as_text(bytes)) std::abort();
  }
  return 0;
}
