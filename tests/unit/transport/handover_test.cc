// SPDX-License-Identifier: Apache-2.0
// The hand-over pair with real sockets: what a sender sees, row by row of the table.
#include "transport/handover.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/scope_exit.h"
#include "transport/frame.h"

namespace wsgi::transport {
namespace {

HandOver message(std::uint32_t generation) {
  HandOver m;
  m.version = kIpcVersion;
  m.generation = generation;
  return m;
}

struct Stream {
  Fd near, far;
  Stream() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
};

HandOverPair make_pair() {
  auto pair = make_handover_pair(4);
  EXPECT_TRUE(pair);
  return std::move(*pair);
}

TEST(HandOver, PassesAConnectionThatHoldsTheRequestAlready) {
  auto pair = make_pair();
  Stream s;
  ASSERT_EQ(::send(s.near.get(), "hello", 5, 0), 5);
  ASSERT_EQ(send_handover(pair.sending.get(), message(3), s.far.get()), HandOverSent::sent);
  s.far.reset();
  auto got = receive_handover(pair.receiving.get());
  ASSERT_EQ(got.got, HandOverGot::connection);
  EXPECT_EQ(got.message.generation, 3u);
  EXPECT_EQ(::fcntl(got.connection.get(), F_GETFD), FD_CLOEXEC);
  char text[8];
  EXPECT_EQ(::recv(got.connection.get(), text, sizeof text, MSG_DONTWAIT), 5);
  EXPECT_EQ(receive_handover(pair.receiving.get()).got, HandOverGot::empty);
}

TEST(HandOver, ClosedUnreadIsAResetAndReadIsAnEnd) {
  auto pair = make_pair();
  for (bool read : {false, true}) {
    Stream s;
    ASSERT_EQ(::send(s.near.get(), "hello", 5, 0), 5);
    ASSERT_EQ(send_handover(pair.sending.get(), message(1), s.far.get()), HandOverSent::sent);
    s.far.reset();
    auto got = receive_handover(pair.receiving.get());
    char text[8];
    if (read) {
      ASSERT_EQ(::recv(got.connection.get(), text, sizeof text, 0), 5);
    }
    got.connection.reset();
    const auto size = ::recv(s.near.get(), text, sizeof text, 0);
    if (read) {
      EXPECT_EQ(size, 0);
    } else {
      EXPECT_EQ(size, -1);
      EXPECT_EQ(errno, ECONNRESET);
    }
  }
}

TEST(HandOver, FlushGivesBackWhatIsQueued) {
  auto pair = make_pair();
  Stream one, two;
  for (auto* s : {&one, &two}) {
    ASSERT_EQ(::send(s->near.get(), "x", 1, 0), 1);
    ASSERT_EQ(send_handover(pair.sending.get(), message(1), s->far.get()), HandOverSent::sent);
    s->far.reset();
  }
  EXPECT_EQ(flush_handovers(pair.receiving.get()), 2u);
  char c;
  EXPECT_EQ(::recv(one.near.get(), &c, 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(HandOver, FullQueue) {
  auto pair = make_pair();
  Stream s;
  int sent = 0;
  HandOverSent last;
  while ((last = send_handover(pair.sending.get(), message(1), s.far.get())) ==
         HandOverSent::sent) {
    ASSERT_LT(++sent, 100'000);
  }
  EXPECT_GE(sent, 68);
  EXPECT_TRUE(last == HandOverSent::full || last == HandOverSent::in_flight);
}

TEST(HandOver, NoReceiver) {
  auto pair = make_pair();
  pair.receiving.reset();
  Stream s;
  EXPECT_EQ(send_handover(pair.sending.get(), message(1), s.far.get()), HandOverSent::gone);
}

TEST(HandOver, ShutByTheOccupant) {
  auto pair = make_pair();
  ASSERT_EQ(::shutdown(pair.receiving.get(), SHUT_RD), 0);
  Stream s;
  EXPECT_EQ(send_handover(pair.sending.get(), message(1), s.far.get()), HandOverSent::gone);
}

TEST(HandOver, OccupantCannotSpeakToSenders) {
  auto pair = make_pair();
  EXPECT_EQ(::send(pair.receiving.get(), "x", 1, MSG_NOSIGNAL), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST(HandOver, NoSenderLeft) {
  auto pair = make_pair();
  pair.sending.reset();
  EXPECT_EQ(receive_handover(pair.receiving.get()).got, HandOverGot::ended);
}

TEST(HandOver, RefusesWhatIsNoHandOver) {
  auto pair = make_pair();
  Stream s;
  HandOver wrong = message(1);
  wrong.magic = 1;
  ASSERT_EQ(send_handover(pair.sending.get(), wrong, s.far.get()), HandOverSent::sent);
  wrong = message(1);
  wrong.zero = 1;
  ASSERT_EQ(send_handover(pair.sending.get(), wrong, s.far.get()), HandOverSent::sent);
  wrong = message(1);
  wrong.flags = 2;
  ASSERT_EQ(send_handover(pair.sending.get(), wrong, s.far.get()), HandOverSent::sent);
  const HandOver good = message(1);
  ASSERT_EQ(::send(pair.sending.get(), &good, sizeof good, 0), 32) << "without a descriptor";
  ASSERT_EQ(::send(pair.sending.get(), &good, 31, 0), 31);
  for (int k = 0; k < 5; ++k) {
    const auto got = receive_handover(pair.receiving.get());
    EXPECT_EQ(got.got, HandOverGot::bad) << k;
    EXPECT_FALSE(got.connection);
  }
  EXPECT_EQ(receive_handover(pair.receiving.get()).got, HandOverGot::empty);
}

TEST(HandOver, SeveralDescriptorsAreAllClosed) {
  auto pair = make_pair();
  Stream s, t;
  HandOver m = message(1);
  iovec part{&m, sizeof m};
  alignas(cmsghdr) char space[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr out{};
  out.msg_iov = &part;
  out.msg_iovlen = 1;
  out.msg_control = space;
  out.msg_controllen = sizeof space;
  cmsghdr* header = CMSG_FIRSTHDR(&out);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(2 * sizeof(int));
  const int both[2] = {s.far.get(), t.far.get()};
  std::memcpy(CMSG_DATA(header), both, sizeof both);
  ASSERT_EQ(::sendmsg(pair.sending.get(), &out, 0), 32);
  s.far.reset();
  t.far.reset();
  EXPECT_EQ(receive_handover(pair.receiving.get()).got, HandOverGot::bad);
  char c;
  EXPECT_EQ(::recv(s.near.get(), &c, 1, MSG_DONTWAIT), 0) << "still open somewhere";
  EXPECT_EQ(::recv(t.near.get(), &c, 1, MSG_DONTWAIT), 0) << "still open somewhere";
}

// Else its maker decides for how long the close of it takes.
TEST(HandOver, ASocketThatLingersDoesNotHoldUpWhoClosesIt) {
  auto pair = make_pair();
  Fd sent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  linger value{1, 3600};
  ASSERT_EQ(::setsockopt(sent.get(), SOL_SOCKET, SO_LINGER, &value, sizeof value), 0);
  ASSERT_EQ(send_handover(pair.sending.get(), message(7), sent.get()), HandOverSent::sent);
  const auto got = receive_handover(pair.receiving.get());
  ASSERT_TRUE(got.connection);
  socklen_t size = sizeof value;
  ASSERT_EQ(::getsockopt(sent.get(), SOL_SOCKET, SO_LINGER, &value, &size), 0);
  EXPECT_EQ(value.l_onoff, 0);
}

TEST(HandOver, FullDescriptorTableIsNoProtocolError) {
  auto pair = make_pair();
  Stream s;
  ASSERT_EQ(send_handover(pair.sending.get(), message(7), s.far.get()), HandOverSent::sent);
  s.far.reset();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit full{3, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &full);
  const auto got = receive_handover(pair.receiving.get());
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(got.got, HandOverGot::no_room);
  EXPECT_EQ(got.message.generation, 7u) << "its permit can be given back";
  char c;
  EXPECT_LE(::recv(s.near.get(), &c, 1, MSG_DONTWAIT), 0) << "still open somewhere";
}

}  // namespace
}  // namespace wsgi::transport
