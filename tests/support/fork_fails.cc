// SPDX-License-Identifier: Apache-2.0
// Put before an Apache (LD_PRELOAD): the next fork of a process that can remove the file named by
// WSGI_FORK_FAILS fails, once, as where the process limit is reached. Any process, any thread: who
// removes the file is the one that fails.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) pid_t fork() {
  static auto* const real = reinterpret_cast<pid_t (*)()>(::dlsym(RTLD_NEXT, "fork"));
  const char* token = std::getenv("WSGI_FORK_FAILS");
  if (token != nullptr && ::unlink(token) == 0) {
    errno = EAGAIN;
    return -1;
  }
  return real();
}
