// SPDX-License-Identifier: Apache-2.0
// Settings structs to bytes and back, from their fields() lists. Used for the boot record of a
// daemon, the settings of the embedded runtime, and the settings hash. Little-endian, fixed widths,
// lengths before contents, no padding; equal values give equal bytes. Both sides are of one build
// (abi-N), so there is no versioning here; decoding trusts nothing all the same. Pure.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace wsgi::config {

class Encoder {
 public:
  std::string take() { return std::move(out_); }

  template <typename T>
  void operator()(const T& value) {
    if constexpr (std::is_same_v<T, double>) {
      number(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      number(static_cast<std::uint8_t>(value));
    } else if constexpr (std::is_enum_v<T>) {
      number(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::integral<T>) {
      number(static_cast<std::make_unsigned_t<T>>(value));
    } else {
      T::fields(value, *this);
    }
  }
  void operator()(const std::string& text) {
    size(text.size());
    out_ += text;
  }
  template <typename T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <typename T>
  void operator()(const std::vector<T>& items) {
    size(items.size());
    for (const T& item : items) (*this)(item);
  }

 private:
  template <std::unsigned_integral T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      out_ += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
    }
  }
  void size(std::size_t count) { number(static_cast<std::uint32_t>(count)); }

  std::string out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}

  // All bytes were used, and none was missing or impossible.
  bool complete() const { return !failed_ && in_.empty(); }
  bool failed() const { return failed_; }

  template <typename T>
  void operator()(T& value) {
    if constexpr (std::is_same_v<T, double>) {
      value = std::bit_cast<double>(number<std::uint64_t>());
    } else if constexpr (std::is_same_v<T, bool>) {
      auto byte = number<std::uint8_t>();
      if (byte > 1) failed_ = true;
      value = byte == 1;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(number<std::make_unsigned_t<std::underlying_type_t<T>>>());
    } else if constexpr (std::integral<T>) {
      value = static_cast<T>(number<std::make_unsigned_t<T>>());
    } else {
      T::fields(value, *this);
    }
  }
  void operator()(std::string& text) { text = take(size()); }
  template <typename T>
  void operator()(std::optional<T>& value) {
    bool present = false;
    (*this)(present);
    value.reset();
    if (present) (*this)(value.emplace());
  }
  template <typename T>
  void operator()(std::vector<T>& items) {
    // Every item takes at least a byte, so a count never makes us allocate more than was sent.
    std::size_t count = size();
    items.clear();
    for (std::size_t i = 0; i < count && !failed_; ++i) (*this)(items.emplace_back());
  }

 private:
  std::string_view take(std::size_t count) {
    if (failed_ || count > in_.size()) {
      failed_ = true;
      return {};
    }
    std::string_view taken = in_.substr(0, count);
    in_.remove_prefix(count);
    return taken;
  }
  template <std::unsigned_integral T>
  T number() {
    std::uint64_t value = 0;
    std::string_view bytes = take(sizeof(T));
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return static_cast<T>(value);
  }
  std::size_t size() { return number<std::uint32_t>(); }

  std::string_view in_;
  bool failed_ = false;
};

// The bytes of a settings struct.
template <typename T>
std::string encode(const T& settings) {
  Encoder encoder;
  encoder(settings);
  return encoder.take();
}

// Fails with id internal if the bytes are not exactly one T.
template <typename T>
Result<T> decode(std::string_view bytes) {
  T settings;
  Decoder decoder(bytes);
  decoder(settings);
  if (!decoder.complete()) return Fail{ErrorId::internal, "settings cannot be decoded"};
  return settings;
}

}  // namespace wsgi::config
