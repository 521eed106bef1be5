// SPDX-License-Identifier: Apache-2.0
#include "supervisor/listening.h"

#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace wsgi::supervisor {
namespace {

bool listens(int fd) {
  int answer = 0;
  socklen_t size = sizeof answer;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 && answer != 0;
}

}  // namespace

void close_listening_sockets(const std::vector<int>& known) {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) {
    for (int fd : known) ::close(fd);
    return;
  }
  while (const dirent* entry = ::readdir(folder)) {
    // "." and ".." become 0, which is /dev/null in a server; closing others does not end the walk.
    const int fd = std::atoi(entry->d_name);
    if (listens(fd)) ::close(fd);
  }
  ::closedir(folder);
}

}  // namespace wsgi::supervisor
