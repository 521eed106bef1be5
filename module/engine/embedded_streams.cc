// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "engine/embedded.h"

namespace wsgi::engine {

Status status_of(int result) {
  if (result >= 0) return ok();
  auto id = static_cast<ErrorId>(-result);
  return Fail{id, std::string(error_info(id).phrase)};
}

Result<std::size_t> TableBody::read(ByteSpan into) {
  std::int64_t got = ops_.read(ctx_, into.data(), into.size());
  if (got < 0) return status_of(static_cast<int>(got)).error();
  return static_cast<std::size_t>(got);
}

Status TableSink::head(const ResponseHead& head) {
  std::vector<wsgi_header> headers;
  headers.reserve(head.headers.size());
  for (const Header& header : head.headers) {
    headers.push_back({text_of(header.name), text_of(header.value)});
  }
  return status_of(
      ops_.head(ctx_, head.status, text_of(head.reason), headers.data(), headers.size()));
}

Status TableSink::data(ByteView bytes, More more) {
  return status_of(ops_.data(ctx_, bytes.data(), bytes.size(), static_cast<std::uint8_t>(more)));
}

Status TableSink::file(Fd file, std::uint64_t offset, std::uint64_t length) {
  return status_of(ops_.file(ctx_, file.release(), offset, length));
}

}  // namespace wsgi::engine
