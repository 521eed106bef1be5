// SPDX-License-Identifier: Apache-2.0
#include "apache/client_response.h"

#include <apr_date.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>

namespace wsgi::apache {
namespace {

constexpr apr_size_t kFileBlock = 64 * 1024;

bool is(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() && strncasecmp(name.data(), lower.data(), name.size()) == 0;
}

const char* copy(request_rec* r, std::string_view text) {
  return apr_pstrmemdup(r->pool, text.data(), text.size());
}

// The response of an application is never cut to a byte range (runtime.md, 5.4), but Apache's
// filter would do so when head, body and end arrive in one brigade.
void keep_whole(request_rec* r) {
  if (apr_table_get(r->headers_in, "Range") == nullptr) return;
  for (ap_filter_t* f = r->output_filters; f != nullptr; f = f->next) {
    if (f->frec == ap_byterange_filter_handle) {
      ap_remove_output_filter(f);
      return;
    }
  }
}

// The next close of the connection is a reset, and comes at once.
void reset(conn_rec* c) {
  apr_socket_t* socket = ap_get_conn_socket(c);
  apr_os_sock_t fd = -1;
  if (socket == nullptr || apr_os_sock_get(&fd, socket) != APR_SUCCESS) return;
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  c->aborted = 1;
}

}  // namespace

Status ClientResponse::head(const ResponseHead& head) {
  has_head_ = true;
  r_->status = head.status;
  // The standard text is static; another one is copied, code first as httpd expects it.
  const char* standard = ap_get_status_line_ex(r_->pool, head.status);
  if (standard != nullptr && std::strlen(standard) > 4 && head.reason == standard + 4) {
    r_->status_line = standard;
  } else {
    r_->status_line = apr_psprintf(r_->pool, "%03d %.*s", head.status,
                                   static_cast<int>(head.reason.size()), head.reason.data());
  }
  for (const Header& h : head.headers) header(h);
  return ok();
}

void ClientResponse::keep_challenges(const ResponseHead& head) {
  for (const Header& h : head.headers) {
    if (is(h.name, "www-authenticate")) header(h);
  }
}

void ClientResponse::header(const Header& h) {
  if (is(h.name, "content-type")) {
    char* type = apr_pstrmemdup(r_->pool, h.value.data(), h.value.size());
    if (relayed_) ap_content_type_tolower(type);
    ap_set_content_type(r_, type);
  } else if (relayed_ && is(h.name, "last-modified")) {
    apr_table_setn(r_->headers_out, "Last-Modified", not_in_future(copy(r_, h.value)));
  } else if (is(h.name, "content-length")) {
    std::uint64_t length = 0;
    auto [end, error] = std::from_chars(h.value.data(), h.value.data() + h.value.size(), length);
    if (error != std::errc{} || end != h.value.data() + h.value.size()) return;
    length_ = length;
    ap_set_content_length(r_, static_cast<apr_off_t>(length));
  } else if (is(h.name, "www-authenticate")) {
    // Survives an error document.
    apr_table_addn(r_->err_headers_out, copy(r_, h.name), copy(r_, h.value));
  } else if (is(h.name, "location") || is(h.name, "content-range")) {
    apr_table_setn(r_->headers_out, copy(r_, h.name), copy(r_, h.value));
  } else {
    apr_table_addn(r_->headers_out, copy(r_, h.name), copy(r_, h.value));
  }
}

const char* ClientResponse::not_in_future(const char* date) const {
  const apr_time_t given = apr_date_parse_http(date);
  if (given == APR_DATE_BAD || ap_rationalize_mtime(r_, given) == given) return date;
  auto* now = static_cast<char*>(apr_palloc(r_->pool, APR_RFC822_DATE_LEN));
  apr_rfc822_date(now, r_->request_time);
  return now;
}

apr_bucket_brigade* ClientResponse::brigade() {
  if (brigade_ == nullptr) {
    brigade_ = apr_brigade_create(r_->pool, r_->connection->bucket_alloc);
  }
  return brigade_;
}

Status ClientResponse::send(apr_bucket_brigade* bb) {
  apr_status_t status = ap_pass_brigade(r_->output_filters, bb);
  apr_brigade_cleanup(bb);
  if (status != APR_SUCCESS || r_->connection->aborted) {
    return Fail{ErrorId::app_client_gone, "client connection closed"};
  }
  return ok();
}

Status ClientResponse::pass(ByteView bytes, bool flush, bool end) {
  if (!whole_) keep_whole(r_);
  whole_ = true;
  apr_bucket_brigade* bb = brigade();
  apr_bucket_alloc_t* alloc = r_->connection->bucket_alloc;
  // Transient: a filter that keeps the bytes makes its own copy before this returns.
  APR_BRIGADE_INSERT_TAIL(
      bb, apr_bucket_transient_create(reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                                      alloc));
  if (flush) APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_flush_create(alloc));
  if (end) APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
  ended_ = end;
  sent_ += bytes.size();
  return send(bb);
}

Status ClientResponse::flush() {
  apr_bucket_brigade* bb = brigade();
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_flush_create(r_->connection->bucket_alloc));
  return send(bb);
}

Status ClientResponse::file(Fd file, std::uint64_t offset, std::uint64_t length) {
  apr_bucket_brigade* bb = brigade();
  apr_os_file_t os_file = file.release();
  apr_file_t* handle = nullptr;
  // httpd's core filter uses sendfile for files with this flag only.
  const apr_int32_t flags = APR_FOPEN_READ | (sendfile_ ? APR_FOPEN_SENDFILE_ENABLED : 0);
  apr_status_t status = apr_os_file_put(&handle, &os_file, flags, r_->pool);
  if (status != APR_SUCCESS) {
    ::close(os_file);
    return Fail{ErrorId::internal, "apr_os_file_put", status};
  }
  apr_pool_cleanup_register(
      r_->pool, handle, [](void* f) { return apr_file_close(static_cast<apr_file_t*>(f)); },
      apr_pool_cleanup_null);
  apr_bucket* bucket = apr_brigade_insert_file(bb, handle, static_cast<apr_off_t>(offset),
                                               static_cast<apr_off_t>(length), r_->pool);
  // Never mapped: the application may truncate the file under Apache.
  apr_bucket_file_enable_mmap(bucket, 0);
  apr_bucket_file_set_buf_size(bucket, kFileBlock);
  sent_ += length;
  if (length_ && sent_ == *length_) {
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r_->connection->bucket_alloc));
    ended_ = true;
  }
  return send(bb);
}

void ClientResponse::end() {
  if (ended_) return;
  ended_ = true;
  apr_bucket_brigade* bb = brigade();
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r_->connection->bucket_alloc));
  (void)send(bb);
}

void ClientResponse::cut() {
  // httpd answers that bucket with an error page as long as the head has not gone out. It must go
  // out as that of a connection that stays: else the body would be none of chunks, and its end at
  // the end of the connection looks like a regular one.
  if (r_->sent_bodyct == 0 && has_head_) (void)flush();
  r_->connection->keepalive = AP_CONN_CLOSE;
  // To a client of HTTP/1.0 the end of the connection is the regular end. (RFC 9112, 8)
  const bool bounded = r_->chunked || apr_table_get(r_->headers_out, "Content-Length") != nullptr;
  // A stream of HTTP/2 is reset alone, by the bucket below.
  if (has_head_ && !bounded && r_->eos_sent == 0 && r_->connection->master == nullptr) {
    (void)flush();
    return reset(r_->connection);
  }
  apr_bucket_brigade* bb = brigade();
  apr_bucket_alloc_t* alloc = r_->connection->bucket_alloc;
  // httpd's chunk filter leaves the final chunk out when it has seen this bucket.
  APR_BRIGADE_INSERT_TAIL(bb, ap_bucket_error_create(HTTP_BAD_GATEWAY, nullptr, r_->pool, alloc));
  APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
  (void)send(bb);
}

}  // namespace wsgi::apache
