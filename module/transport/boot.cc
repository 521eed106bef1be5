// SPDX-License-Identifier: Apache-2.0
// The boot record to bytes and back, from the fields() lists of its parts; the memfd around it.
#include "transport/boot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <type_traits>

#include "transport/frame.h"

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
  const auto failed = [] {
    return Fail{ErrorId::daemon_fork, "a boot record cannot be made", errno};
  };
  Bytes bytes;
  encode_boot(record, bytes);
  Fd fd(::memfd_create("wsgi-boot", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return failed();
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put =
        ::pwrite(fd.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return failed();
    done += static_cast<std::size_t>(put);
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return failed();
  return fd;
}

Result<BootRecord> read_boot(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return broken("there is no boot record", errno);
  const auto size = static_cast<std::size_t>(st.st_size);
  if (size > kMaxBoot) return broken("the boot record is too large");
  Bytes bytes(size);
  for (std::size_t done = 0; done < size;) {
    const ssize_t got = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return broken("the boot record cannot be read", errno);
    done += static_cast<std::size_t>(got);
  }
  return decode_boot(bytes);
}

}  // namespace wsgi::transport
