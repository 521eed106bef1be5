// SPDX-License-Identifier: Apache-2.0
// One request on one connection, as the daemon sees it: the streams of the engine over frames. Made
// by a worker on its stack, used by its thread; only log() may be used by other threads too.
// Reading and writing block up to socket-timeout. Source: daemon-ipc.md, section 6.
#pragma once

#include <mutex>
#include <optional>

#include "base/exchange.h"
#include "base/log.h"
#include "daemon/vitals.h"
#include "transport/channel.h"
#include "transport/head_codec.h"

namespace wsgi::daemon {

// Memory of a worker that its conversations reuse.
struct Scratch {
  transport::ReceiveBuffer request;  // REQUEST: the head's views point into it
  transport::ReceiveBuffer body;     // BODY
  transport::DecodedRequest decoded;
  transport::Bytes head;   // HEAD, encoded and not yet sent
  transport::Bytes small;  // LOG, END
};

class Conversation final : public BodySource, public ResponseSink, private Log {
 public:
  Conversation(int fd, Scratch& scratch, Vitals& vitals, Log& process_log);

  enum class Asked : std::uint8_t { request, closed, violation };
  Asked receive();
  const RequestHead& head() const { return scratch_.decoded.head; }
  bool body_follows() const { return !body_last_; }  // before accept()
  // It was asked already: run() need not, and once GO has gone may not, find it changed.
  void script_is_current() { scratch_.decoded.head.flags &= ~std::uint32_t{kReloading}; }
  // The request was looked at and will run: GO, if a body follows. False: the child has gone.
  bool accept();
  // It may not run here: AGAIN. Nothing else may have been sent.
  void turn_away();
  // END, if it has not gone with the last data; then the rest of the body is dropped. True: the
  // connection may carry another request.
  bool finish(const Outcome& outcome);
  // What was counted here; the engine's code and times.
  Outcome counted(Outcome outcome) const;
  Log& log() { return *this; }

  // BodySource
  Result<std::size_t> read(ByteSpan into) override;
  // ResponseSink
  Status head(const ResponseHead& head) override;
  Status data(ByteView bytes, More more) override;
  Status file(Fd file, std::uint64_t offset, std::uint64_t length) override;
  bool aborted() const override { return gone_; }

 private:
  // Log
  bool enabled(Level level) const override { return level <= head().log_level; }
  void write(Level level, LogStream stream, std::string_view text) override {
    write_from({}, level, stream, text);
  }
  void write_from(const Place& place, Level level, LogStream stream,
                  std::string_view text) override;

  // False: the child takes none any more.
  bool send_log(const Place& place, Level level, LogStream stream, std::string_view text);

  // ends: END is among the parts; nothing may follow.
  Status send(std::span<iovec> parts, int descriptor = -1, bool ends = false);
  Result<std::size_t> read_frame(ByteSpan into);
  std::size_t take_piece(ByteSpan into);
  bool drop_body();
  void encode_end_frame(const Outcome& outcome);
  void active() {
    if (!(head().flags & kIgnoreActivity)) vitals_.note_activity();
  }

  const int fd_;
  Scratch& scratch_;
  Vitals& vitals_;
  Log& process_log_;
  transport::Channel requests_, bodies_;
  std::uint64_t started_us_ = 0;
  ByteView piece_;         // received and not yet read
  bool body_last_ = true;  // no BODY frame is to come
  std::optional<Fail> failure_;
  bool accepted_ = false, head_held_ = false, head_sent_ = false;
  std::mutex writing_;  // frames of a LOG from another thread must not cut others
  bool gone_ = false, ended_ = false;
  std::uint32_t reads_ = 0;
  std::uint64_t in_ = 0, out_ = 0;
  std::byte end_frame_[48]{};
};

}  // namespace wsgi::daemon
