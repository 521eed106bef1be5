// SPDX-License-Identifier: Apache-2.0
// Writing, sealing and reading a memfd as a whole.
#include "transport/sealed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace wsgi::transport {
namespace {

Fail broken(const char* what, int sys) { return {ErrorId::internal, what, sys}; }

}  // namespace

Result<Fd> sealed(const char* name, ByteView bytes) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return broken("a memfd cannot be made", errno);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put =
        ::pwrite(fd.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return broken("a memfd cannot be written", errno);
    done += static_cast<std::size_t>(put);
  }
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return broken("a memfd is not sealed", errno);
  return fd;
}

Result<Bytes> read_sealed(int fd, std::size_t most) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return broken("there is no memfd", errno);
  const auto size = static_cast<std::size_t>(st.st_size);
  if (size > most) return broken("a memfd is too large", 0);
  Bytes bytes(size);
  for (std::size_t done = 0; done < size;) {
    const ssize_t got = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return broken("a memfd cannot be read", errno);
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace wsgi::transport
