// SPDX-License-Identifier: Apache-2.0
// Streams of a request in memory: a body given in pieces, and a sink that keeps what it was sent
// and can fail on purpose.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/exchange.h"

namespace wsgi::test {

// Each read returns at most one piece; after the last one the end, or a failure.
class MemoryBody final : public BodySource {
 public:
  MemoryBody() = default;
  explicit MemoryBody(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  Result<std::size_t> read(ByteSpan into) override {
    ++calls;
    while (next_ < pieces_.size() && used_ == pieces_[next_].size()) ++next_, used_ = 0;
    if (next_ == pieces_.size()) {
      if (failure) return *failure;
      return std::size_t{0};
    }
    std::size_t count = std::min(into.size(), pieces_[next_].size() - used_);
    std::memcpy(into.data(), pieces_[next_].data() + used_, count);
    used_ += count;
    return count;
  }

  std::optional<Fail> failure;
  int calls = 0;

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0, used_ = 0;
};

class MemorySink final : public ResponseSink {
 public:
  Status head(const ResponseHead& head) override {
    if (refusal) return *refusal;
    ++heads;
    status = head.status;
    reason = head.reason;
    headers.clear();
    for (const auto& header : head.headers) headers.emplace_back(header.name, header.value);
    return ok();
  }
  Status data(ByteView bytes, More more) override {
    if (fail_after && blocks.size() >= *fail_after) {
      return Fail{ErrorId::app_client_gone, "connection closed"};
    }
    blocks.emplace_back(as_text(bytes));
    last = more;
    return ok();
  }
  Status file(Fd file, std::uint64_t offset, std::uint64_t length) override {
    std::string text(length, '\0');
    ssize_t got = ::pread(file.get(), text.data(), length, static_cast<off_t>(offset));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    files.push_back(text);
    return ok();
  }
  bool aborted() const override { return false; }

  std::string body() const {
    std::string all;
    for (const auto& block : blocks) all += block;
    for (const auto& part : files) all += part;
    return all;
  }
  std::optional<std::string> header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  }

  std::optional<Fail> refusal;  // of the head
  int heads = 0;
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> blocks, files;
  std::optional<More> last;
  std::optional<std::size_t> fail_after;
};

}  // namespace wsgi::test
