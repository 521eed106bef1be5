// SPDX-License-Identifier: Apache-2.0
// REQUEST and HEAD payloads. Decoding makes views into the payload and reuses the caller's lists,
// so a warm request allocates nothing. Pure functions. Source: daemon-ipc.md, section 5.
#pragma once

#include <vector>

#include "base/exchange.h"
#include "transport/wire.h"

namespace wsgi::transport {

// Fixed part of a REQUEST payload; `RequestHead::flags` travel as they are.
struct RequestFixed {
  std::uint64_t request_us, queue_us;
  std::uint64_t content_length;  // all ones = unknown
  std::uint32_t connects, rejections, server_pid, flags;
  std::uint8_t log_level, handler_kind;
  std::uint16_t strings;
  std::uint32_t variables;
};
static_assert(sizeof(RequestFixed) == 48);

inline constexpr std::uint16_t kRequestStrings = 7;

// Appends. Fail id: conn_send (above 16 MiB, or a name above 64 KiB).
Status encode_request(const RequestHead& head, Bytes& out);

struct DecodedRequest {
  RequestHead head;  // variables point into `variables`, texts into the payload
  ByteView rest;     // inline body
  std::vector<EnvVar> variables;
};
// Fail id: conn_protocol.
Status decode_request(ByteView payload, DecodedRequest& into);

// Appends. Fail id: app_response (above 1 MiB or 1000 headers).
Status encode_head(const ResponseHead& head, Bytes& out);

struct DecodedHead {
  ResponseHead head;  // headers point into `headers`
  std::vector<Header> headers;
};
// max_line: name, value and ": " of one header; 0 = no limit. Fail ids: resp_malformed (status
// outside 200–999, or CR, LF, NUL anywhere), resp_toolong.
Status decode_head(ByteView payload, std::size_t max_line, DecodedHead& into);

}  // namespace wsgi::transport
