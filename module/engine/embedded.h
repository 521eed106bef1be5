// SPDX-License-Identifier: Apache-2.0
// The streams and logs of mod_wsgi.so's C table as the engine's interfaces. Objects live for one
// call, on the thread of the MPM that makes it. Source: base/embedded_abi.h.
#pragma once

#include "base/embedded_abi.h"
#include "base/exchange.h"
#include "base/hook.h"
#include "base/log.h"

namespace wsgi::engine {

inline std::string_view view(wsgi_text text) { return {text.data, text.size}; }
inline wsgi_text text_of(std::string_view view) { return {view.data(), view.size()}; }

// Results of the table: negative numbers are ids of failures that say no more than that.
Status status_of(int result);

class TableBody final : public BodySource {
 public:
  TableBody(const wsgi_exchange_ops& ops, void* ctx) : ops_(ops), ctx_(ctx) {}
  Result<std::size_t> read(ByteSpan into) override;

 private:
  const wsgi_exchange_ops& ops_;
  void* ctx_;
};

class TableSink final : public ResponseSink {
 public:
  TableSink(const wsgi_exchange_ops& ops, void* ctx) : ops_(ops), ctx_(ctx) {}
  Status head(const ResponseHead& head) override;
  Status data(ByteView bytes, More more) override;
  Status file(Fd file, std::uint64_t offset, std::uint64_t length) override;
  bool aborted() const override { return ops_.aborted(ctx_) != 0; }

 private:
  const wsgi_exchange_ops& ops_;
  void* ctx_;
};

class TableHost final : public HookHost {
 public:
  TableHost(const wsgi_hook_ops& ops, void* ctx) : ops_(ops), ctx_(ctx) {}
  void answer(std::uint8_t which, std::string_view text) override {
    ops_.answer(ctx_, which, text_of(text));
  }
  bool is_https() const override { return ops_.is_https(ctx_) != 0; }
  const char* ssl_variable(const char* name) const override {
    return ops_.ssl_variable(ctx_, name);
  }

 private:
  const wsgi_hook_ops& ops_;
  void* ctx_;
};

// Of requests, of hooks and of the process, whose tables name the same two functions.
template <typename Ops>
class TableLog final : public Log {
 public:
  TableLog(const Ops& ops, void* ctx) : ops_(ops), ctx_(ctx) {}
  bool enabled(Level level) const override {
    return ops_.log_enabled(ctx_, static_cast<std::uint8_t>(level)) != 0;
  }
  void write(Level level, LogStream stream, std::string_view text) override {
    write_from({}, level, stream, text);
  }
  void write_from(const Place& place, Level level, LogStream stream,
                  std::string_view text) override {
    const wsgi_record record{text_of(text), text_of(place.file), place.line,
                             static_cast<std::uint8_t>(level), static_cast<std::uint8_t>(stream)};
    ops_.log(ctx_, &record);
  }

 private:
  const Ops ops_;
  void* ctx_;
};

}  // namespace wsgi::engine
