// SPDX-License-Identifier: Apache-2.0
// Frames of one conversation: what belongs together leaves in one write.
#include "daemon/conversation.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wsgi::daemon {

using transport::FrameHeader;
using transport::FrameType;
using transport::Got;
using transport::make_header;
using transport::part_of;
using transport::Sent;

Conversation::Conversation(int fd, Scratch& scratch, Vitals& vitals, Log& process_log)
    : fd_(fd),
      scratch_(scratch),
      vitals_(vitals),
      process_log_(process_log),
      requests_(fd, scratch.request, transport::Peer::child),
      bodies_(fd, scratch.body, transport::Peer::child) {
  scratch_.request.settle();
  scratch_.body.settle();
}

Conversation::Asked Conversation::receive() {
  transport::Frame frame;
  switch (requests_.receive(frame)) {
    case Got::frame:
      break;
    case Got::violation:
      return Asked::violation;
    default:
      return Asked::closed;
  }
  if (frame.type != FrameType::request || !requests_.quiet()) return Asked::violation;
  if (!transport::decode_request(frame.payload, scratch_.decoded)) return Asked::violation;
  const bool inlined = frame.flags & transport::kRequestInline;
  const bool follows = frame.flags & transport::kRequestBody;
  if ((inlined && follows) || (!inlined && !scratch_.decoded.rest.empty())) return Asked::violation;
  piece_ = scratch_.decoded.rest;
  body_last_ = !follows;
  started_us_ = mono_us();
  scratch_.decoded.head.timings.daemon_us = wall_us();
  return Asked::request;
}

bool Conversation::accept() {
  accepted_ = true;
  if (body_last_) return true;
  FrameHeader header = make_header(FrameType::go, 0, 0);
  iovec part{&header, sizeof header};
  return static_cast<bool>(send({&part, 1}));
}

void Conversation::turn_away() {
  FrameHeader header = make_header(FrameType::again, 0, 1);
  auto reason = transport::AgainReason::script_changed;
  iovec parts[2] = {{&header, sizeof header}, {&reason, 1}};
  (void)send(parts, -1, true);
}

Status Conversation::send(std::span<iovec> parts, int descriptor, bool ends) {
  std::lock_guard lock(writing_);
  ended_ = ended_ || ends;
  if (!gone_) {
    transport::Channel channel(fd_, scratch_.request, transport::Peer::child);
    if (channel.send(parts, descriptor) == Sent::all) return ok();
    gone_ = true;
  }
  return Fail{ErrorId::app_client_gone, "the client closed the connection"};
}

// ---- the request body ----

std::size_t Conversation::take_piece(ByteSpan into) {
  const std::size_t size = std::min(into.size(), piece_.size());
  std::memcpy(into.data(), piece_.data(), size);
  piece_ = piece_.subspan(size);
  in_ += size;
  return size;
}

Result<std::size_t> Conversation::read(ByteSpan into) {
  ++reads_;
  active();
  if (into.empty()) return std::size_t{0};
  if (!piece_.empty()) return take_piece(into);
  if (failure_) return *failure_;
  if (body_last_) return std::size_t{0};
  auto got = read_frame(into);
  if (!got) failure_ = got.error();
  return got;
}

Result<std::size_t> Conversation::read_frame(ByteSpan into) {
  transport::Frame frame;
  for (;;) {
    const Got got = bodies_.receive(frame);
    if (got == Got::timeout) return Fail{ErrorId::body_timeout, "timeout"};
    if (got != Got::frame || frame.type != FrameType::body) {
      return Fail{ErrorId::body_gone, "connection to the client was lost"};
    }
    body_last_ = frame.flags & transport::kBodyLast;
    if (frame.flags & transport::kBodyFailed) {
      switch (static_cast<transport::BodyFailure>(frame.payload[0])) {
        case transport::BodyFailure::timeout:
          return Fail{ErrorId::body_timeout, "the client was too slow"};
        case transport::BodyFailure::malformed:
          return Fail{ErrorId::body_chunk, "malformed chunks"};
        default:
          return Fail{ErrorId::body_gone, "the client closed the connection"};
      }
    }
    if (frame.flags & transport::kBodyAbandoned) {
      return Fail{ErrorId::body_gone, "the client closed the connection"};
    }
    piece_ = frame.payload;
    if (!piece_.empty()) return take_piece(into);
    if (body_last_) return std::size_t{0};
  }
}

// The child relays what is left of a body that it was told to send.
bool Conversation::drop_body() {
  transport::Frame frame;
  bodies_.read_exactly();  // the next REQUEST may be there already
  while (!body_last_) {
    if (bodies_.receive(frame) != Got::frame || frame.type != FrameType::body) return false;
    body_last_ = frame.flags & transport::kBodyLast;
  }
  return bodies_.quiet();
}

// ---- the response ----

Status Conversation::head(const ResponseHead& head) {
  scratch_.head.assign(sizeof(FrameHeader), std::byte{});
  WSGI_TRY(transport::encode_head(head, scratch_.head));
  const auto header = make_header(FrameType::head, 0, scratch_.head.size() - sizeof(FrameHeader));
  std::memcpy(scratch_.head.data(), &header, sizeof header);
  head_held_ = true;
  return ok();
}

void Conversation::encode_end_frame(const Outcome& outcome) {
  transport::Bytes& bytes = scratch_.small;
  bytes.clear();
  transport::encode_end(counted(outcome), bytes);
  const auto header = make_header(FrameType::end, 0, bytes.size());
  std::memcpy(end_frame_, &header, sizeof header);
  std::memcpy(end_frame_ + sizeof header, bytes.data(), bytes.size());
}

Status Conversation::data(ByteView bytes, More more) {
  active();
  do {
    const ByteView block = bytes.first(std::min<std::size_t>(bytes.size(), transport::kMaxData));
    bytes = bytes.subspan(block.size());
    const bool final_block = bytes.empty();
    const bool last = final_block && more != More::yes;
    const bool done = final_block && more == More::done;
    FrameHeader header =
        make_header(FrameType::data, last ? transport::kDataLast : 0, block.size());
    iovec parts[4] = {};
    std::size_t count = 0;
    if (head_held_) parts[count++] = part_of(scratch_.head);
    if (!block.empty() || (last && !done)) {
      parts[count++] = {&header, sizeof header};
      parts[count++] = part_of(block);
    }
    out_ += block.size();
    if (done) {
      std::lock_guard lock(writing_);  // a LOG uses the same buffer
      encode_end_frame({});
      parts[count++] = {end_frame_, sizeof end_frame_};
    }
    if (head_held_) head_sent_ = true;
    head_held_ = false;
    WSGI_TRY(send({parts, count}, -1, done));
  } while (!bytes.empty());
  return ok();
}

Status Conversation::file(Fd file, std::uint64_t offset, std::uint64_t length) {
  active();
  // The descriptor must travel with the first byte of its own frame.
  if (head_held_) {
    iovec part = part_of(scratch_.head);
    head_held_ = false;
    head_sent_ = true;
    WSGI_TRY(send({&part, 1}));
  }
  transport::Bytes range;
  transport::encode_file({offset, length}, range);
  FrameHeader header = make_header(FrameType::file, transport::kDataLast, range.size());
  iovec parts[2] = {{&header, sizeof header}, part_of(range)};
  out_ += length;
  return send(parts, file.get());
}

Outcome Conversation::counted(Outcome outcome) const {
  outcome.reads = reads_;
  outcome.in = in_;
  outcome.out = out_;
  if (outcome.app_us == 0) outcome.app_us = mono_us() - started_us_;
  return outcome;
}

bool Conversation::finish(const Outcome& outcome) {
  if (!ended_) {
    // A response of which nothing has left is replaced by the failure's own.
    const bool keep_head =
        outcome.code == OutcomeCode::ok || outcome.code == OutcomeCode::length_short;
    iovec parts[2] = {};
    std::size_t count = 0;
    if (head_held_ && keep_head) parts[count++] = part_of(scratch_.head);
    {
      std::lock_guard lock(writing_);
      encode_end_frame(outcome);
    }
    parts[count++] = {end_frame_, sizeof end_frame_};
    (void)send({parts, count}, -1, true);
  }
  // Without GO no body was asked for and none comes.
  return !gone_ && (!accepted_ || drop_body());
}

void Conversation::write_from(const Place& place, Level level, LogStream stream,
                              std::string_view text) {
  if (!enabled(level)) return;
  if (send_log(place, level, stream, text)) return;
  process_log_.write_from(place, level, stream, text);
}

bool Conversation::send_log(const Place& place, Level level, LogStream stream,
                            std::string_view text) {
  std::lock_guard lock(writing_);
  if (ended_ || gone_) return false;
  transport::Bytes& bytes = scratch_.small;
  bytes.clear();
  transport::LogRecord record;
  record.level = level;
  record.stream = stream;
  record.file = place.file;
  record.line = place.line;
  record.text = text;
  transport::encode_log(record, bytes);
  FrameHeader header = make_header(FrameType::log, 0, bytes.size());
  iovec parts[2] = {{&header, sizeof header}, part_of(bytes)};
  transport::Channel channel(fd_, scratch_.request, transport::Peer::child);
  gone_ = channel.send(parts) != Sent::all;
  return !gone_;
}

}  // namespace wsgi::daemon
