// SPDX-License-Identifier: Apache-2.0
// Frames between an Apache child and a daemon, and the payloads that are not heads. Pure functions
// over bytes; every decoder accepts exactly what its encoder makes. Heads are in head_codec.h.
// Source: daemon-ipc.md, section 5.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/exchange.h"
#include "base/log.h"
#include "transport/wire.h"

namespace wsgi::transport {

// Number of everything that child, supervisor and daemon say to each other; the runtime folder
// abi-N carries it too.
inline constexpr std::uint16_t kIpcVersion = 1;

enum class FrameType : std::uint8_t {
  request = 1,
  body = 2,
  go = 16,
  again = 17,
  head = 18,
  data = 19,
  file = 20,
  log = 21,
  end = 22,
};

enum FrameFlag : std::uint8_t {
  kRequestInline = 1,   // REQUEST: the body follows the head in this frame
  kRequestBody = 2,     // REQUEST: BODY frames follow after GO
  kRequestCanWait = 4,  // REQUEST: the client waits for 100 Continue
  kBodyLast = 1,        // BODY: nothing follows
  kBodyFailed = 2,      // BODY: one byte says why (BodyFailure); with last
  kBodyAbandoned = 4,   // BODY: the answer came first; with last
  kDataLast = 1,        // DATA, FILE: no byte of body follows
};

enum class BodyFailure : std::uint8_t { timeout = 1, malformed = 2, gone = 3 };
enum class AgainReason : std::uint8_t { script_changed = 1 };

struct FrameHeader {
  std::uint32_t length;  // of the payload
  std::uint8_t type;
  std::uint8_t flags;
  std::uint16_t zero;
};
static_assert(sizeof(FrameHeader) == 8);

inline constexpr std::uint32_t kMaxInlineBody = 64 * 1024;
inline constexpr std::uint32_t kMaxRequest = 16 * 1024 * 1024 + kMaxInlineBody;
inline constexpr std::uint32_t kMaxHead = 1024 * 1024;
inline constexpr std::uint32_t kMaxHeaders = 1000;
inline constexpr std::uint32_t kMaxData = 1024 * 1024;
inline constexpr std::uint32_t kMaxLogText = 8 * 1024;
inline constexpr std::uint32_t kMaxLog = kMaxLogText + 300;

enum class Peer : std::uint8_t { child, daemon };

// Checks that `from` may send such a frame: type, flags, zero and limit. Fail id: conn_protocol.
Result<FrameHeader> decode_header(ByteView bytes, Peer from);
FrameHeader make_header(FrameType type, std::uint8_t flags, std::size_t length);

// A frame as a reader sees it; payload and fd belong to the channel's buffer until the next call.
// Bulk frames (BODY, DATA) may come in pieces; only the last piece then carries the frame's flags.
struct Frame {
  FrameType type = FrameType::end;
  std::uint8_t flags = 0;
  ByteView payload;
  Fd file;  // FILE only
};

struct FileRange {
  std::uint64_t offset = 0, length = 0;
};

// LOG, in a frame and in a control message. Encoding cuts text to 8 KiB and file to 255 bytes.
struct LogRecord {
  Level level = Level::error;
  LogStream stream = LogStream::message;
  std::string_view file;
  std::uint32_t line = 0;
  std::string_view text;
};

void encode_file(const FileRange& range, Bytes& out);
Result<FileRange> decode_file(ByteView payload);
void encode_log(const LogRecord& record, Bytes& out);
Result<LogRecord> decode_log(ByteView payload);  // level and stream clamped
void encode_end(const Outcome& outcome, Bytes& out);
Result<Outcome> decode_end(ByteView payload);  // unknown outcome: internal

}  // namespace wsgi::transport
