// SPDX-License-Identifier: Apache-2.0
// The request body from Apache's input filters, on demand. One per request, on the thread of the
// request. Reading first sends "100 Continue" if the client waits for it (httpd's HTTP_IN filter).
#pragma once

#include "apache/httpd_api.h"
#include "base/exchange.h"

namespace wsgi::apache {

class ClientBody : public BodySource {
 public:
  explicit ClientBody(request_rec* r) : r_(r) {}

  // Blocks up to the connection's Timeout. Fail ids: body_timeout, body_chunk, body_gone,
  // req_toolarge; after a failure every later call fails.
  Result<std::size_t> read(ByteSpan into) override;

  // The same without waiting: nothing if no byte is there yet.
  Result<std::optional<std::size_t>> poll(ByteSpan into);

  // Has the end been read? Then nothing is left to discard.
  bool finished() const { return finished_; }

  // What to wait for before poll() has more: the client's socket, or -1 where there is none of its
  // own (a stream of HTTP/2).
  int socket() const;

  // What httpd's input filter answers by itself, as after malformed chunks, or 0. Then nothing of
  // the application may be sent; the handler returns this: a status, or AP_FILTER_ERROR if another
  // filter has answered already.
  int refusal() const { return refusal_; }

 private:
  Result<std::optional<std::size_t>> take(ByteSpan into, apr_read_type_e mode);

  request_rec* r_;
  apr_bucket_brigade* brigade_ = nullptr;
  bool finished_ = false;
  bool failed_ = false;
  int refusal_ = 0;
};

}  // namespace wsgi::apache
