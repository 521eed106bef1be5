// SPDX-License-Identifier: Apache-2.0
// Frame headers and small payloads. One table says who may send what, with which flags, how long.
#include "transport/frame.h"

#include <algorithm>

namespace wsgi::transport {
namespace {

struct Rule {
  FrameType type;
  Peer from;
  std::uint8_t flags;
  std::uint32_t least, most;
};
constexpr Rule kRules[] = {
    {FrameType::request, Peer::child, kRequestInline | kRequestBody | kRequestCanWait, 48,
     kMaxRequest},
    {FrameType::body, Peer::child, kBodyLast | kBodyFailed | kBodyAbandoned, 0, kMaxData},
    {FrameType::go, Peer::daemon, 0, 0, 0},
    {FrameType::again, Peer::daemon, 0, 1, 1},
    {FrameType::head, Peer::daemon, 0, 10, kMaxHead},
    {FrameType::data, Peer::daemon, kDataLast, 0, kMaxData},
    {FrameType::file, Peer::daemon, kDataLast, 16, 16},
    {FrameType::log, Peer::daemon, 0, 8, kMaxLog},
    {FrameType::end, Peer::daemon, 0, 40, 40},
};

Fail violation(std::string_view what) { return {ErrorId::conn_protocol, std::string(what)}; }

// `failed` and `abandoned` exclude each other and come with `last`; only `failed` has a byte.
bool body_flags_fit(const FrameHeader& header) {
  const bool failed = header.flags & kBodyFailed;
  const bool abandoned = header.flags & kBodyAbandoned;
  if (!failed && !abandoned) return true;
  if (failed && abandoned) return false;
  return (header.flags & kBodyLast) && header.length == (failed ? 1u : 0u);
}

}  // namespace

Result<FrameHeader> decode_header(ByteView bytes, Peer from) {
  Reader in(bytes);
  const auto header = in.get<FrameHeader>();
  if (!in.complete()) return violation("a frame header of the wrong size");
  for (const Rule& rule : kRules) {
    if (static_cast<std::uint8_t>(rule.type) != header.type || rule.from != from) continue;
    if (header.flags & ~rule.flags) return violation("a frame with an unknown flag");
    if (header.zero != 0) return violation("a frame header with a reserved field set");
    if (header.length < rule.least || header.length > rule.most) {
      return violation("a frame of a length that its type does not have");
    }
    if (rule.type == FrameType::body && !body_flags_fit(header)) {
      return violation("a body frame with flags that exclude each other");
    }
    return header;
  }
  return violation("a frame of an unknown type");
}

FrameHeader make_header(FrameType type, std::uint8_t flags, std::size_t length) {
  return {static_cast<std::uint32_t>(length), static_cast<std::uint8_t>(type), flags, 0};
}

void encode_file(const FileRange& range, Bytes& out) {
  Writer to(out);
  to.put(range.offset);
  to.put(range.length);
}

Result<FileRange> decode_file(ByteView payload) {
  Reader in(payload);
  FileRange range{in.get<std::uint64_t>(), in.get<std::uint64_t>()};
  if (!in.complete()) return violation("a file frame of the wrong size");
  return range;
}

void encode_log(const LogRecord& record, Bytes& out) {
  Writer to(out);
  to.put(static_cast<std::uint8_t>(record.level));
  to.put(static_cast<std::uint8_t>(record.stream));
  const auto file = record.file.substr(0, 255);
  to.put(static_cast<std::uint16_t>(file.size()));
  to.put(record.line);
  to.text(file);
  to.text(record.text.substr(0, kMaxLogText));
}

Result<LogRecord> decode_log(ByteView payload) {
  Reader in(payload);
  LogRecord record;
  record.level = static_cast<Level>(
      std::min<std::uint8_t>(in.get<std::uint8_t>(), static_cast<std::uint8_t>(Level::trace8)));
  const auto stream = in.get<std::uint8_t>();
  record.stream = stream <= static_cast<std::uint8_t>(LogStream::handler)
                      ? static_cast<LogStream>(stream)
                      : LogStream::message;
  const auto file = in.get<std::uint16_t>();
  record.line = in.get<std::uint32_t>();
  record.file = in.text(file);
  if (!in.good() || file > 255 || in.left() > kMaxLogText) {
    return violation("a log frame whose lengths do not fit");
  }
  record.text = as_text(in.rest());
  return record;
}

void encode_end(const Outcome& outcome, Bytes& out) {
  Writer to(out);
  to.put(static_cast<std::uint8_t>(outcome.code));
  to.put(std::uint8_t{0});
  to.put(std::uint16_t{0});
  to.put(outcome.reads);
  to.put(outcome.in);
  to.put(outcome.out);
  to.put(outcome.app_us);
  to.put(outcome.cpu_us);
}

Result<Outcome> decode_end(ByteView payload) {
  Reader in(payload);
  Outcome outcome;
  const auto code = in.get<std::uint8_t>();
  // A newer daemon of the same version may append outcomes.
  outcome.code = code < kOutcomeCount ? static_cast<OutcomeCode>(code) : OutcomeCode::internal;
  const bool zero = in.get<std::uint8_t>() == 0 && in.get<std::uint16_t>() == 0;
  outcome.reads = in.get<std::uint32_t>();
  outcome.in = in.get<std::uint64_t>();
  outcome.out = in.get<std::uint64_t>();
  outcome.app_us = in.get<std::uint64_t>();
  outcome.cpu_us = in.get<std::uint64_t>();
  if (!in.complete() || !zero) return violation("an end frame that is not one");
  return outcome;
}

}  // namespace wsgi::transport
