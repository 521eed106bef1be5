// SPDX-License-Identifier: Apache-2.0
#include "apache/client_body.h"

#include <cstring>

namespace wsgi::apache {
namespace {

// httpd's HTTP_IN filter answers a body that it refuses at once, which may run an ErrorDocument: a
// request within the one whose application is not done with it, and which may need what that one
// holds. This takes the answer out of the way for as long as a brigade is asked for; the handler
// returns its status when the application is done. Not of a request, so that httpd does not take
// the request for answered.
class AnswerTrap {
 public:
  explicit AnswerTrap(request_rec* r) : r_(r) {
    static ap_filter_rec_t record = [] {
      ap_filter_rec_t made{};
      made.name = "wsgi_body_error";
      made.filter_func.out_func = pass;
      made.ftype = static_cast<ap_filter_type>(AP_FTYPE_RESOURCE - 1);
      return made;
    }();
    filter_.frec = &record;
    filter_.ctx = &status_;
    filter_.next = r->output_filters;
    filter_.c = r->connection;
    r->output_filters = &filter_;
  }
  AnswerTrap(const AnswerTrap&) = delete;
  AnswerTrap& operator=(const AnswerTrap&) = delete;
  ~AnswerTrap() {
    ap_filter_t** at = &r_->output_filters;
    while (*at != nullptr && *at != &filter_) at = &(*at)->next;
    if (*at != nullptr) *at = filter_.next;
  }
  int status() const { return status_; }

 private:
  static apr_status_t pass(ap_filter_t* filter, apr_bucket_brigade* brigade) {
    for (apr_bucket* b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade);
         b = APR_BUCKET_NEXT(b)) {
      if (!AP_BUCKET_IS_ERROR(b)) continue;
      *static_cast<int*>(filter->ctx) = static_cast<ap_bucket_error*>(b->data)->status;
      apr_brigade_cleanup(brigade);
      return AP_FILTER_ERROR;
    }
    return ap_pass_brigade(filter->next, brigade);
  }

  request_rec* r_;
  ap_filter_t filter_{};
  int status_ = 0;
};

// `answered`: the status httpd answers with, or 0.
Fail failure_of(apr_status_t status, int answered) {
  if (answered == HTTP_REQUEST_ENTITY_TOO_LARGE) status = APR_ENOSPC;
  if (answered == HTTP_REQUEST_TIME_OUT) status = APR_TIMEUP;
  if (APR_STATUS_IS_TIMEUP(status)) return {ErrorId::body_timeout, "the client was too slow"};
  if (status == APR_ENOSPC) return {ErrorId::req_toolarge, "the body is above LimitRequestBody"};
  // httpd's HTTP_IN filter answers malformed chunks with these.
  if (status == APR_EGENERAL || status == APR_EINVAL || status == AP_FILTER_ERROR) {
    return {ErrorId::body_chunk, "malformed chunks"};
  }
  return {ErrorId::body_gone, "the client closed the connection"};
}

}  // namespace

Result<std::optional<std::size_t>> ClientBody::take(ByteSpan into, apr_read_type_e mode) {
  using Got = std::optional<std::size_t>;
  if (failed_) return Fail{ErrorId::body_gone, "input is already in error state"};
  if (brigade_ == nullptr) {
    brigade_ = apr_brigade_create(r_->pool, r_->connection->bucket_alloc);
  }
  while (!finished_ && !into.empty()) {
    apr_status_t status = APR_SUCCESS;
    if (APR_BRIGADE_EMPTY(brigade_)) {
      AnswerTrap trap(r_);
      status = ap_get_brigade(r_->input_filters, brigade_, AP_MODE_READBYTES, mode,
                              static_cast<apr_off_t>(into.size()));
      refusal_ = trap.status();
      if (refusal_ != 0) status = AP_FILTER_ERROR;
      bool nothing = status == APR_SUCCESS && APR_BRIGADE_EMPTY(brigade_);
      if (mode == APR_NONBLOCK_READ && (nothing || APR_STATUS_IS_EAGAIN(status))) return Got{};
      if (nothing) status = APR_EOF;
    }
    const char* data = nullptr;
    apr_size_t size = 0;
    apr_bucket* bucket = nullptr;
    if (status == APR_SUCCESS) {
      bucket = APR_BRIGADE_FIRST(brigade_);
      if (APR_BUCKET_IS_EOS(bucket)) {
        finished_ = true;
        break;
      }
      status = apr_bucket_read(bucket, &data, &size, mode);
      if (mode == APR_NONBLOCK_READ && APR_STATUS_IS_EAGAIN(status)) return Got{};
    }
    if (status != APR_SUCCESS) {
      failed_ = true;
      // What is left of the body cannot be told from the next request.
      r_->connection->keepalive = AP_CONN_CLOSE;
      Fail failure = failure_of(status, refusal_);
      if (refusal_ == 0 && r_->eos_sent) refusal_ = AP_FILTER_ERROR;
      return failure;
    }
    if (size > into.size()) {
      apr_bucket_split(bucket, into.size());
      size = into.size();
    }
    std::memcpy(into.data(), data, size);
    apr_bucket_delete(bucket);
    if (size > 0) return Got{size};
  }
  return Got{std::size_t{0}};
}

Result<std::size_t> ClientBody::read(ByteSpan into) {
  auto got = take(into, APR_BLOCK_READ);
  if (!got) return std::move(got).error();
  return got->value_or(0);
}

Result<std::optional<std::size_t>> ClientBody::poll(ByteSpan into) {
  return take(into, APR_NONBLOCK_READ);
}

int ClientBody::socket() const {
  if (r_->connection->master != nullptr) return -1;
  apr_socket_t* socket = ap_get_conn_socket(r_->connection);
  apr_os_sock_t fd = -1;
  if (socket == nullptr || apr_os_sock_get(&fd, socket) != APR_SUCCESS) return -1;
  return fd;
}

}  // namespace wsgi::apache
