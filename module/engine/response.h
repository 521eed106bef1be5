// SPDX-License-Identifier: Apache-2.0
// The response of one request: what start_response was given, when it goes out, and how much of
// the body may follow. Attached; the sink is called detached. Text of the head is copied here, so
// nothing refers to Python objects. Source: runtime.md 5.1 to 5.7, PEP 3333.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/exchange.h"
#include "base/log.h"
#include "engine/meter.h"
#include "python/py.h"

namespace wsgi::engine {

// Status and headers as validated text.
class HeadText {
 public:
  struct Piece {
    std::uint32_t at = 0, size = 0;
  };
  struct Field {
    Piece name, value;
  };
  std::uint16_t status = 0;
  Piece reason;
  std::vector<Field> fields;

  Piece add(std::string_view text);
  std::string_view view(Piece piece) const {
    return std::string_view(text_).substr(piece.at, piece.size);
  }
  void clear();

 private:
  std::string text_;
};

class Response {
 public:
  Response(ResponseSink& sink, Log& log, bool head_request, Meter& meter)
      : sink_(sink), log_(log), meter_(meter), head_request_(head_request) {}

  // Where validation puts its result; taken over by accept().
  HeadText& draft() { return draft_; }
  void accept();

  bool started() const { return started_; }
  // The first write() or non-empty item was taken: start_response can replace nothing any more.
  bool committed() const { return committed_; }
  // Bytes may be on their way to the client.
  bool sent() const { return sent_; }

  // One item of the body, `more` as it is for the sink. False: Python error set, or stopped().
  bool data(ByteView bytes, More more);
  // write(): an empty block commits without sending.
  bool write(ByteView bytes);
  // A part of a regular file; sets Content-Length if there is none.
  bool file(Fd file, std::uint64_t offset, std::uint64_t size);
  // After the last item: an empty body still has a head. False as for data().
  bool end();

  // Set when nothing more may be produced: client gone, or a head that cannot be sent.
  std::optional<OutcomeCode> stopped() const { return stopped_; }
  // Less data than declared?
  bool length_short() const;
  void log_lengths();

  std::uint16_t status() const { return head_.status; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t blocks() const { return blocks_; }

 private:
  bool commit();
  bool parse_length();
  std::uint64_t clip(std::uint64_t size) const;
  bool refuse(const Fail& failure);
  bool settle(Status status);
  Status send_head();

  ResponseSink& sink_;
  Log& log_;
  Meter& meter_;
  HeadText draft_, head_;
  std::mutex turn_;
  std::optional<std::uint64_t> length_;
  std::optional<OutcomeCode> stopped_;
  std::string gone_;  // text of the OSError for write()
  std::uint64_t bytes_ = 0;
  std::uint64_t blocks_ = 0;
  std::uint64_t surplus_ = 0;
  bool head_request_;
  bool started_ = false, committed_ = false, sent_ = false, checked_ = false;
};

}  // namespace wsgi::engine
