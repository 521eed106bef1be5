// SPDX-License-Identifier: Apache-2.0
// Reading and writing structures of the protocol: native byte order, no alignment in the stream.
// A Reader never runs past its end: the first short read makes it fail for good, and every later
// value is 0 or empty. All decoders of this layer are built from it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"

namespace wsgi::transport {

using Bytes = std::vector<std::byte>;

// Appends to a buffer that the caller keeps, so that a warm exchange allocates nothing.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}
  template <typename T>
  void put(T value) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    raw(&value, sizeof value);
  }
  void text(std::string_view text) { raw(text.data(), text.size()); }
  // Length as T, then the bytes; the caller has checked that the length fits.
  template <typename T>
  void sized(std::string_view value) {
    put(static_cast<T>(value.size()));
    text(value);
  }
  std::size_t size() const { return out_.size(); }

 private:
  void raw(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    out_.insert(out_.end(), first, first + size);
  }
  Bytes& out_;
};

class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  template <typename T>
  T get() {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    T value{};
    if (take(sizeof value)) std::memcpy(&value, in_.data() + at_ - sizeof value, sizeof value);
    return value;
  }
  std::string_view text(std::size_t size) {
    if (!take(size)) return {};
    return as_text(in_.subspan(at_ - size, size));
  }
  template <typename T>
  std::string_view sized() {
    return text(get<T>());
  }
  ByteView rest() const { return failed_ ? ByteView{} : in_.subspan(at_); }
  std::size_t left() const { return failed_ ? 0 : in_.size() - at_; }
  // False after a short read.
  bool good() const { return !failed_; }
  // Everything was there and nothing is left over.
  bool complete() const { return good() && at_ == in_.size(); }

 private:
  bool take(std::size_t size) {
    if (failed_ || size > in_.size() - at_) {
      failed_ = true;
      return false;
    }
    at_ += size;
    return true;
  }
  ByteView in_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace wsgi::transport
