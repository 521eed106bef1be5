// SPDX-License-Identifier: Apache-2.0
// New files; see new_file.h.
#include "cli/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::cli {
namespace {

// errno of what failed, or 0.
int write_all(const std::string& path, std::string_view text, int mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        static_cast<mode_t>(mode));
  if (fd < 0) return errno;
  int failed = 0;
  while (failed == 0 && !text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) failed = errno;
  }
  if (failed == 0 && ::fsync(fd) != 0) failed = errno;
  if (::close(fd) != 0 && failed == 0) failed = errno;
  if (failed != 0) ::unlink(path.c_str());
  return failed;
}

}  // namespace

bool write_new_file(Context& context, const std::string& path, std::string_view text, int mode,
                    bool force) {
  const std::string temporary = path + ".new";
  int failed = write_all(temporary, text, mode);
  const bool left_over = failed == EEXIST;
  if (failed == 0) {
    // A link is made only where nothing is; a rename takes the place of what is there.
    const int placed = force ? std::rename(temporary.c_str(), path.c_str())
                             : ::link(temporary.c_str(), path.c_str());
    if (placed != 0) failed = errno;
    if (!force || placed != 0) ::unlink(temporary.c_str());
  }
  if (failed == 0) return true;
  const bool exists = failed == EEXIST;
  context.diagnostics.add(diag::make(
      "WCTL0003", {},
      exists ? fmt::format("{} exists", diag::quote(left_over ? temporary : path))
             : fmt::format("cannot write {}: {}", diag::quote(path), std::strerror(failed)),
      !exists     ? ""
      : left_over ? "remove it, it is left over from a write that was cut short"
                  : "name another file with -o, or pass --force to overwrite it"));
  return false;
}

}  // namespace wsgictl::cli
