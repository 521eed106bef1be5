// SPDX-License-Identifier: Apache-2.0
// See atomic_file.h. Everything below the folder goes by descriptor (openat and friends), so that
// exchanging a folder for a link while we work changes nothing.
#include "sys/atomic_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

namespace wsgictl::sys {
namespace {

constexpr std::size_t kMaxRead = 64u << 20;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string temporary_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number)
    number = static_cast<std::uint64_t>(::getpid());
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return std::string(kTemporaryPrefix) + text + std::string(kTemporarySuffix);
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure("cannot write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return wsgi::ok();
}

// Fills the temporary file; the caller removes it on failure.
Status fill(int folder, const std::string& name, const std::string& path, std::string_view content,
            int mode) {
  wsgi::Fd fd(
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failure("cannot create a file beside", path, errno);
  WSGI_TRY(write_all(fd.get(), content, path));
  if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0)
    return failure("cannot set the mode of", path, errno);
  if (::fsync(fd.get()) != 0) return failure("cannot write", path, errno);
  return wsgi::ok();
}

Status move_into_place(int folder, const std::string& name, const std::string& path) {
  if (::renameat(folder, name.c_str(), folder, name_of(path).c_str()) != 0) {
    const int error = errno;
    ::unlinkat(folder, name.c_str(), 0);
    return failure("cannot replace", path, error);
  }
  if (::fsync(folder) != 0) return failure("cannot write the folder of", path, errno);
  return wsgi::ok();
}

}  // namespace

Result<wsgi::Fd> open_parent(const std::string& path) {
  const std::string parent = parent_of(path);
  wsgi::Fd fd(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return failure("cannot open the folder", parent, errno);
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return failure("cannot look at", parent, errno);
  if (info.st_uid != 0 && info.st_uid != ::geteuid())
    return failure("another user owns the folder", parent, EPERM);
  if ((info.st_mode & 022) != 0) return failure("others can write to the folder", parent, EPERM);
  return fd;
}

Status replace_file(const std::string& path, std::string_view content, int mode) {
  WSGI_ASSIGN(wsgi::Fd folder, open_parent(path));
  struct stat info;
  if (::fstatat(folder.get(), name_of(path).c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISREG(info.st_mode))
    return failure("will not replace what is no regular file:", path, EEXIST);
  const std::string name = temporary_name();
  if (Status filled = fill(folder.get(), name, path, content, mode); !filled) {
    ::unlinkat(folder.get(), name.c_str(), 0);
    return filled;
  }
  return move_into_place(folder.get(), name, path);
}

Status replace_link(const std::string& path, const std::string& target) {
  WSGI_ASSIGN(wsgi::Fd folder, open_parent(path));
  struct stat info;
  if (::fstatat(folder.get(), name_of(path).c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISLNK(info.st_mode))
    return failure("will not replace what is no link:", path, EEXIST);
  const std::string name = temporary_name();
  if (::symlinkat(target.c_str(), folder.get(), name.c_str()) != 0)
    return failure("cannot create a link beside", path, errno);
  return move_into_place(folder.get(), name, path);
}

Result<std::string> read_file(const std::string& path) {
  wsgi::Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failure("cannot read", path, errno);
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure("cannot read", path, errno);
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > kMaxRead) return failure("cannot read", path, EFBIG);
  }
}

}  // namespace wsgictl::sys
