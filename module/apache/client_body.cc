// SPDX-License-Identifier: Apache-2.0
#include "apache/client_body.h"

#include <cstring>

namespace wsgi::apache {
namespace {

Fail failure_of(apr_status_t status) {
  if (APR_STATUS_IS_TIMEUP(status)) return {ErrorId::body_timeout, "the client was too slow"};
  if (status == APR_ENOSPC) return {ErrorId::req_toolarge, "the body is above LimitRequestBody"};
  // ap_http_filter answers malformed chunks with APR_EGENERAL or APR_EINVAL.
  if (status == APR_EGENERAL || status == APR_EINVAL || status == AP_FILTER_ERROR) {
    return {ErrorId::body_chunk, "malformed chunks"};
  }
  return {ErrorId::body_gone, "the client closed the connection"};
}

}  // namespace

ClientBody::ClientBody(request_rec* r) : r_(r) {}

Status ClientBody::fill(std::size_t wanted) {
  if (brigade_ == nullptr) {
    brigade_ = apr_brigade_create(r_->pool, r_->connection->bucket_alloc);
  }
  apr_status_t status = ap_get_brigade(r_->input_filters, brigade_, AP_MODE_READBYTES,
                                       APR_BLOCK_READ, static_cast<apr_off_t>(wanted));
  if (status != APR_SUCCESS) return failure_of(status);
  // A filter that has nothing to say has reached the end of what it will ever say.
  if (APR_BRIGADE_EMPTY(brigade_)) return Fail{ErrorId::body_gone, "no more input"};
  return ok();
}

Result<std::size_t> ClientBody::read(ByteSpan into) {
  if (failed_) return Fail{ErrorId::body_gone, "input is already in error state"};
  while (!finished_ && !into.empty()) {
    if (brigade_ == nullptr || APR_BRIGADE_EMPTY(brigade_)) {
      if (Status filled = fill(into.size()); !filled) {
        failed_ = true;
        return std::move(filled).error();
      }
    }
    apr_bucket* bucket = APR_BRIGADE_FIRST(brigade_);
    if (APR_BUCKET_IS_EOS(bucket)) {
      finished_ = true;
      break;
    }
    const char* data = nullptr;
    apr_size_t size = 0;
    apr_status_t status = apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ);
    if (status != APR_SUCCESS) {
      failed_ = true;
      return failure_of(status);
    }
    if (size > into.size()) {
      apr_bucket_split(bucket, into.size());
      size = into.size();
    }
    std::memcpy(into.data(), data, size);
    apr_bucket_delete(bucket);
    if (size > 0) return size;
  }
  return std::size_t{0};
}

}  // namespace wsgi::apache
