// SPDX-License-Identifier: Apache-2.0
#include "apache/client_body.h"

#include <cstring>

namespace wsgi::apache {
namespace {

// `answered`: the status httpd has answered with, or 0.
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
      status = ap_get_brigade(r_->input_filters, brigade_, AP_MODE_READBYTES, mode,
                              static_cast<apr_off_t>(into.size()));
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
      answered_ = r_->eos_sent != 0;
      return failure_of(status, answered_ ? r_->status : 0);
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
