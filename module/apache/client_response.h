// SPDX-License-Identifier: Apache-2.0
// The response towards the client, through Apache's output filters. Used by both modes: embedded it
// is the engine's sink, in daemon mode the relay writes what came from the daemon. One per request,
// on the thread of the request.
#pragma once

#include "apache/httpd_api.h"
#include "base/exchange.h"

namespace wsgi::apache {

class ClientResponse : public ResponseSink {
 public:
  // sendfile: WSGIEnableSendfile applies to the request. relayed: the head came from a daemon, and
  // is treated as that of a CGI program is where runtime.md, 5.7 says so.
  ClientResponse(request_rec* r, bool sendfile, bool relayed = false)
      : r_(r), sendfile_(sendfile), relayed_(relayed) {}

  // Copies into r: status, reason, headers. Nothing is sent yet.
  Status head(const ResponseHead& head) override;
  // WWW-Authenticate alone: it goes out with Apache's own answer to the same status.
  void keep_challenges(const ResponseHead& head);
  // Passes the bytes down. More::yes flushes, so that a stream reaches the client at once;
  // More::done ends the response in the same pass (one writev, and a Content-Length for free).
  Status data(ByteView bytes, More more) override {
    return pass(bytes, more == More::yes, more == More::done);
  }
  // Ends the response where the declared length is reached, so that Apache's range filter can see
  // all of it. The file is never mapped. Its position may move: it must be shared with nobody.
  Status file(Fd file, std::uint64_t offset, std::uint64_t length) override;
  bool aborted() const override { return r_->connection->aborted != 0; }

  // As data, flushing or ending only when asked.
  Status pass(ByteView bytes, bool flush, bool end);
  Status flush();
  // The regular end, unless More::done was it.
  void end();
  // Of an ended response nothing stays in Apache's buffers. Needed before httpd discards the rest
  // of a body, which may take as long as the client likes.
  void reach_client() {
    if (ended_ && !aborted()) (void)flush();
  }
  // The visible end of a response that cannot be completed: no final chunk, connection closed;
  // reset where its end would be the body's.
  void cut();

  bool has_head() const { return has_head_; }
  std::uint64_t sent() const { return sent_; }
  // Did the application announce a length, and was less than that sent?
  bool short_of_length() const { return length_ && sent_ < *length_; }

 private:
  void header(const Header& header);
  const char* not_in_future(const char* date) const;
  apr_bucket_brigade* brigade();
  Status send(apr_bucket_brigade* brigade);

  request_rec* r_;
  const bool sendfile_, relayed_;
  apr_bucket_brigade* brigade_ = nullptr;
  std::optional<std::uint64_t> length_;
  std::uint64_t sent_ = 0;
  bool has_head_ = false;
  bool whole_ = false;  // the range filter has been dealt with
  bool ended_ = false;
};

}  // namespace wsgi::apache
