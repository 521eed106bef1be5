// SPDX-License-Identifier: Apache-2.0
// One Relay a request, on its thread. Warm and small, it costs one sendmsg and one recvmsg: the
// body travels with the head, and what comes back is passed down in one brigade.
#include "apache/remote.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "apache/client_body.h"
#include "apache/client_response.h"
#include "apache/log_sink.h"
#include "apache/outcome.h"
#include "apache/write_timeout.h"

namespace wsgi::apache {
namespace {

using transport::Frame;
using transport::FrameType;
using transport::Lease;

constexpr std::size_t kBodyChunk = 64 * 1024;
constexpr std::uint64_t kFlushAt = 8 * 1024 * 1024;  // response-buffer-size, not given
constexpr int kLongestPause = 50;                    // ms
constexpr std::chrono::milliseconds kHearOut{500};

int status_of(const Fail& body_failure) {
  switch (body_failure.id) {
    case ErrorId::body_timeout:
      return HTTP_REQUEST_TIME_OUT;
    case ErrorId::req_toolarge:
      return HTTP_REQUEST_ENTITY_TOO_LARGE;
    default:
      return HTTP_BAD_REQUEST;
  }
}

transport::BodyFailure reason_of(const Fail& body_failure) {
  switch (body_failure.id) {
    case ErrorId::body_timeout:
      return transport::BodyFailure::timeout;
    case ErrorId::body_chunk:
      return transport::BodyFailure::malformed;
    default:
      return transport::BodyFailure::gone;
  }
}

class Relay {
 public:
  Relay(request_rec* r, const DaemonClient& group, const RequestHead& head)
      : r_(r),
        group_(group),
        head_(head),
        body_(r),
        response_(r, (head.flags & kSendfile) != 0, true),
        log_(r) {}

  int run() {
    transport::Ask ask;
    ask.head = &head_;
    ask.can_continue = r_->expecting_100 != 0;
    auto inlined = inline_body();
    if (!inlined) return refuse_body(inlined.error());
    ask.inline_body = *inlined;
    ask.body_follows = body_follows_;
    auto lease = group_.client->lease(Deadline(), ask, log_);
    if (!lease) return fail(lease.error(), group_.client->verdict(lease.error()));
    return exchange(*lease);
  }

 private:
  // A small body of known length is read before a permit is taken: a slow client then holds no
  // daemon thread. Not when the client waits for 100 Continue: the daemon may yet refuse. Its end
  // counts, not its length, which an input filter may have changed; one that turns out longer goes
  // the way of large ones.
  Result<ByteView> inline_body() {
    std::uint64_t length = head_.content_length.value_or(UINT64_MAX);
    if (length == 0) return ByteView{};
    if (length > transport::kMaxInlineBody || r_->expecting_100) {
      body_follows_ = true;
      return ByteView{};
    }
    const std::size_t room = length + 1;
    auto* buffer = static_cast<std::byte*>(apr_palloc(r_->pool, room));
    for (std::size_t have = 0; have < room;) {
      WSGI_ASSIGN(std::size_t got, body_.read({buffer + have, room - have}));
      if (got == 0) return ByteView{buffer, have};
      have += got;
    }
    body_follows_ = true;
    chunk_ = {buffer, room};
    return ByteView{};
  }

  int refuse_body(const Fail& failure) {
    log_.fail(failure);
    r_->connection->keepalive = AP_CONN_CLOSE;
    return body_.refusal() != 0 ? body_.refusal() : status_of(failure);
  }

  // What the application says of a body that failed, before the connection to it is closed.
  void hear_out(Lease& lease) {
    const Deadline most = Deadline::in(kHearOut);
    while (!most.expired() && lease.ready(static_cast<int>(most.left_ms()))) {
      auto frame = lease.next();
      if (!frame || frame->type == FrameType::end) return;
      if (frame->type == FrameType::log) (void)log_line(frame->payload);
    }
  }

  int body_failed() {
    if (!response_.has_head()) return refuse_body(*body_failure_);
    log_.fail(*body_failure_);
    if (body_.refusal() != AP_FILTER_ERROR) response_.cut();
    return OK;
  }

  int exchange(Lease& lease) {
    for (;;) {
      if (sending_ && !pump(lease)) {
        hear_out(lease);
        return body_failed();
      }
      auto frame = lease.next();
      if (!frame) return fail(frame.error(), lease.verdict(frame.error()));
      if (frame->type == FrameType::end) return end(lease, *frame);
      if (Status handled = handle(lease, *frame); !handled) {
        // The client has gone: the lease's destructor closes the connection, the daemon notices.
        if (handled.error().id == ErrorId::app_client_gone) {
          log_.message(ErrorId::resp_client_write,
                       "the client closed the connection or did not read in time, after " +
                           std::to_string(response_.sent()) + " bytes of the response");
          return OK;
        }
        return fail(handled.error(), lease.verdict(handled.error()));
      }
    }
  }

  Status handle(Lease& lease, Frame& frame) {
    switch (frame.type) {
      case FrameType::go:
        sending_ = true;
        ask_client();
        return ok();
      case FrameType::log:
        return log_line(frame.payload);
      case FrameType::head:
        return head(lease, frame);
      case FrameType::data:
        return data(lease, frame);
      case FrameType::file:
        return file(lease, frame);
      default:
        return Fail{ErrorId::conn_protocol, "an unexpected frame from the daemon"};
    }
  }

  // 100 Continue, now that the daemon has accepted and whether or not the application will read:
  // httpd itself sends it at a blocking read only.
  void ask_client() {
    if (!r_->expecting_100) return;
    const int status = std::exchange(r_->status, HTTP_CONTINUE);
    ap_send_interim_response(r_, 0);
    r_->status = status;
  }

  Status log_line(ByteView payload) {
    WSGI_ASSIGN(transport::LogRecord record, transport::decode_log(payload));
    if (log_.enabled(record.level))
      log_.write_from({record.file, record.line}, record.level, record.stream, record.text);
    return ok();
  }

  Status head(Lease& lease, const Frame& frame) {
    transport::DecodedHead decoded;
    WSGI_TRY(lease.read_head(frame, decoded));
    if ((head_.flags & kErrorOverride) != 0 && decoded.head.status >= 400 &&
        decoded.head.status < 600) {
      override_ = decoded.head.status;
      response_.keep_challenges(decoded.head);
      return ok();
    }
    if (decoded.head.status == HTTP_OK) {
      for (const Header& h : decoded.head.headers) {
        if (strncasecmp(h.name.data(), "location", h.name.size()) == 0 && h.name.size() == 8 &&
            h.value.starts_with('/')) {
          redirect_ = apr_pstrmemdup(r_->pool, h.value.data(), h.value.size());
          return ok();
        }
      }
    }
    write_timeout_.emplace(r_->connection, *group_.options);
    return response_.head(decoded.head);
  }

  // Is the answer of the application dropped in favour of one of Apache's?
  bool replaced() const { return override_ != 0 || redirect_ != nullptr; }

  Status data(Lease& lease, const Frame& frame) {
    if (replaced()) return ok();
    bool last = (frame.flags & transport::kDataLast) != 0;
    // With the end already here, head, body and end go down in one pass. A stream that falls silent
    // is flushed; while data keeps coming it is not, so that pacing filters work.
    // While the client still sends its body, waiting here would hold that up.
    bool wait = !last && !sending_;
    bool more_here =
        lease.ready(wait ? static_cast<int>(group_.options->response_flush_delay_ms) : 0);
    unflushed_ += frame.payload.size();
    bool flush = !more_here || unflushed_ >= flush_at();
    if (flush) unflushed_ = 0;
    return response_.pass(frame.payload, flush, last);
  }

  std::uint64_t flush_at() const {
    const std::uint64_t given = group_.options->response_buffer_size;
    return given != 0 ? given : kFlushAt;
  }

  Status file(const Lease& lease, Frame& frame) {
    WSGI_ASSIGN(transport::FileRange range, lease.read_file(frame));
    if (replaced()) return ok();
    return response_.file(std::move(frame.file), range.offset, range.length);
  }

  int end(Lease& lease, const Frame& frame) {
    auto outcome = transport::decode_end(frame.payload);
    if (!outcome) return fail(outcome.error(), lease.verdict(outcome.error()));
    if (override_ != 0) return override_;
    if (redirect_ != nullptr) return redirect();
    const int status = finish(r_, response_, outcome->code);
    if (body_follows_ && !body_.finished()) response_.reach_client();
    return status;
  }

  // As GET without a body. What is left of the body must go first: without its headers it would be
  // taken for the connection's next request.
  int redirect() {
    if (int status = ap_discard_request_body(r_); status != OK) return status;
    r_->method = "GET";
    r_->method_number = M_GET;
    apr_table_unset(r_->headers_in, "Content-Length");
    apr_table_unset(r_->headers_in, "Transfer-Encoding");
    ap_internal_redirect_handler(redirect_, r_);
    return OK;
  }

  // Passes the client's body on until it ends, the daemon speaks, or it fails (false).
  bool pump(Lease& lease) {
    for (;;) {
      if (!chunk_.empty() || body_.finished()) {
        auto step = lease.send_body(chunk_, body_.finished());
        if (!step) {
          log_.fail(step.error());
          return sending_ = false, true;  // its answer, or its end, decides
        }
        chunk_ = chunk_.subspan(step->taken);
        if (!step->done) return true;
        if (body_.finished()) return sending_ = false, true;
      }
      if (body_failure_) {
        (void)lease.fail_body(reason_of(*body_failure_));
        return false;
      }
      if (lease.ready(0)) return true;
      if (buffer_.empty()) {
        buffer_ = {static_cast<std::byte*>(apr_palloc(r_->pool, kBodyChunk)), kBodyChunk};
      }
      auto got = body_.poll(buffer_);
      if (!got) {
        body_failure_ = std::move(got).error();
      } else if (*got) {
        chunk_ = ByteView(buffer_).first(gather(**got));
        silent_ms_ = 0;
      } else if (!wait(lease)) {
        body_failure_ = Fail{ErrorId::body_timeout, "the client was too slow with its body"};
      }
    }
  }

  // How much of the buffer is filled once everything that has come is in it: httpd hands out 8000
  // bytes a time, and each piece of its own would wake the daemon. A failure is told after what
  // came before it.
  std::size_t gather(std::size_t have) {
    while (have < buffer_.size() && !body_.finished()) {
      auto more = body_.poll(buffer_.subspan(have));
      if (!more) {
        body_failure_ = std::move(more).error();
        break;
      }
      if (!*more) break;
      have += **more;
    }
    return have;
  }

  // Until the client or the daemon has something; false after the connection's Timeout. A stream of
  // HTTP/2 has nothing to wait on: it is asked again, at first after 1 ms and ever less often.
  // Waiting for it alone would hold back an answer that the client wants before it sends more.
  bool wait(const Lease& lease) {
    const int client = body_.socket();
    const int timeout =
        static_cast<int>(std::min<apr_interval_time_t>(r_->server->timeout / 1000, INT32_MAX));
    std::array<pollfd, 2> fds{{{client, POLLIN, 0}, {lease.socket(), POLLIN, 0}}};
    if (client >= 0) return ::poll(fds.data(), fds.size(), timeout) != 0;
    const int pause = std::min(1 + silent_ms_ / 4, kLongestPause);
    if (::poll(fds.data(), fds.size(), pause) == 0) silent_ms_ += pause;
    return silent_ms_ < timeout;
  }

  int fail(const Fail& failure, const transport::Verdict& verdict) {
    log_.fail(failure);
    if (verdict.cut || response_.has_head()) {
      response_.cut();
      return OK;
    }
    if (verdict.retry_after_s > 0) {
      apr_table_setn(r_->err_headers_out, "Retry-After",
                     apr_psprintf(r_->pool, "%u", verdict.retry_after_s));
    }
    return verdict.status;
  }

  request_rec* r_;
  const DaemonClient& group_;
  const RequestHead& head_;
  ClientBody body_;
  ClientResponse response_;
  RequestLog log_;
  bool body_follows_ = false;
  bool sending_ = false;
  int silent_ms_ = 0;  // since the last of the body
  int override_ = 0;
  std::uint64_t unflushed_ = 0;
  const char* redirect_ = nullptr;
  std::optional<WriteTimeout> write_timeout_;  // from the head on
  std::optional<Fail> body_failure_;
  ByteView chunk_;
  std::span<std::byte> buffer_;
};

}  // namespace

int run_remote(request_rec* r, const DaemonClient& group, const RequestHead& head) {
  return Relay(r, group, head).run();
}

}  // namespace wsgi::apache
