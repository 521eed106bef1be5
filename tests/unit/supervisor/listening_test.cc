// SPDX-License-Identifier: Apache-2.0
#include "supervisor/listening.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/fd.h"

namespace wsgi::supervisor {
namespace {

bool is_open(const Fd& fd) { return ::fcntl(fd.get(), F_GETFD) != -1; }

Fd listener() {
  Fd made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::listen(made.get(), 1), 0);  // on a port of the kernel's
  return made;
}

TEST(Listening, AllThatListenAreClosedAndNothingElse) {
  Fd first = listener(), second = listener();
  const Fd idle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const Fd one(ends[0]), other(ends[1]);
  close_listening_sockets({});
  EXPECT_FALSE(is_open(first));
  EXPECT_FALSE(is_open(second));
  for (const Fd* kept : {&idle, &file, &one, &other}) EXPECT_TRUE(is_open(*kept));
  (void)first.release();
  (void)second.release();
}

}  // namespace
}  // namespace wsgi::supervisor
