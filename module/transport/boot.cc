// SPDX-License-Identifier: Apache-2.0
// The boot record to bytes and back, from the fields() lists of its parts; the memfd around it.
#include "transport/boot.h"

#include <optional>
#include <type_traits>

#include "transport/frame.h"
#include "transport/sealed.h"

namespace wsgi::transport {
namespace {

constexpr std::uint32_t kBootMagic = 0x42475357;  // "WSGB" in memory
constexpr std::size_t kMaxBoot = 64 * 1024 * 1024;

struct Put {
  Writer& to;
  template <typename T>
  void operator()(const T& value) const {
    if constexpr (std::is_same_v<T, std::string>) {
      to.sized<std::uint32_t>(value);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      to.put(value);
    } else {
      T::fields(value, *this);
    }
  }
  template <typename T>
  void operator()(const std::optional<T>& value) const {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <typename T>
  void operator()(const std::vector<T>& list) const {
    (*this)(static_cast<std::uint32_t>(list.size()));
    for (const auto& one : list) (*this)(one);
  }
  void operator()(const WarmScript& script) const {
    (*this)(script.script);
    (*this)(script.application_group);
  }
};

struct Get {
  Reader& in;
  template <typename T>
  void operator()(T& value) const {
    if constexpr (std::is_same_v<T, std::string>) {
      value = in.sized<std::uint32_t>();
    } else if constexpr (std::is_same_v<T, bool>) {
      value = in.get<std::uint8_t>() != 0;
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      value = in.get<T>();
    } else {
      T::fields(value, *this);
    }
  }
  template <typename T>
  void operator()(std::optional<T>& value) const {
    bool there = false;
    (*this)(there);
    value.reset();
    if (there) (*this)(value.emplace());
  }
  template <typename T>
  void operator()(std::vector<T>& list) const {
    list.clear();
    const auto count = in.get<std::uint32_t>();
    // Each element takes a byte at least, so a wrong count ends with the bytes.
    for (std::uint32_t i = 0; i < count && in.good(); ++i) (*this)(list.emplace_back());
  }
  void operator()(WarmScript& script) const {
    (*this)(script.script);
    (*this)(script.application_group);
  }
};

template <typename Record, typename F>
void each_field(Record& r, F&& f) {
  f(r.options), f(r.python), f(r.slot), f(r.generation), f(r.shape.slots), f(r.shape.threads);
  f(r.shape.backlog), f(r.imports), f(r.warm), f(r.log_level), f(r.case_sensitive);
  f(r.server_pid), f(r.socket_timeout_ms), f(r.apache), f(r.server_name);
}

Fail broken(const char* what, int sys = 0) { return {ErrorId::daemon_start_failed, what, sys}; }

}  // namespace

void encode_boot(const BootRecord& record, Bytes& out) {
  Writer to(out);
  to.put(kBootMagic);
  to.put(kIpcVersion);
  each_field(record, Put{to});
}

Result<BootRecord> decode_boot(ByteView bytes) {
  Reader in(bytes);
  const auto magic = in.get<std::uint32_t>();
  const auto version = in.get<std::uint16_t>();
  if (magic != kBootMagic || version != kIpcVersion) {
    return broken("the boot record is of another version");
  }
  BootRecord record;
  each_field(record, Get{in});
  if (!in.complete()) return broken("the boot record is damaged");
  return record;
}

Result<Fd> write_boot(const BootRecord& record) {
  Bytes bytes;
  encode_boot(record, bytes);
  auto fd = sealed("wsgi-boot", bytes);
  if (!fd) return Fail{ErrorId::daemon_fork, "a boot record cannot be made", fd.error().sys};
  return fd;
}

Result<BootRecord> read_boot(int fd) {
  const auto bytes = read_sealed(fd, kMaxBoot);
  if (!bytes) return broken("the boot record cannot be read", bytes.error().sys);
  return decode_boot(*bytes);
}

}  // namespace wsgi::transport
