// SPDX-License-Identifier: Apache-2.0
// Connections between busy and idle: limits, stale events, and a race of both ends.
#include "daemon/connections.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <thread>

namespace wsgi::daemon {
namespace {

struct Pair {
  Fd near, far;
  Pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  bool closed() const {
    char c;
    return ::recv(near.get(), &c, 1, MSG_DONTWAIT) == 0;
  }
};

class ConnectionsTest : public ::testing::Test {
 protected:
  Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  std::optional<std::uint64_t> event(int timeout_ms = 0) const {
    epoll_event one{};
    if (::epoll_wait(epoll.get(), &one, 1, timeout_ms) != 1) return std::nullopt;
    return std::uint64_t{one.data.u64};
  }
};

TEST_F(ConnectionsTest, RestsAndIsClaimedOnce) {
  Connections connections(epoll.get(), 4, 1);
  Pair pair;
  const auto busy = connections.add(std::move(pair.far), true);
  ASSERT_TRUE(busy);
  connections.rest(*busy);
  EXPECT_FALSE(event());
  ASSERT_EQ(::send(pair.near.get(), "x", 1, 0), 1);
  const auto id = event();
  ASSERT_TRUE(id);
  const auto claimed = connections.claim(*id);
  ASSERT_TRUE(claimed);
  EXPECT_TRUE(claimed->once);
  EXPECT_FALSE(connections.claim(*id));
  EXPECT_FALSE(event()) << "one event for each rest";
  connections.drop(*claimed);
}

TEST_F(ConnectionsTest, AnEventForAClosedConnectionIsNotForItsSuccessor) {
  Connections connections(epoll.get(), 4, 1);
  Pair one, two;
  connections.rest(*connections.add(std::move(one.far), false));
  ASSERT_EQ(::send(one.near.get(), "x", 1, 0), 1);
  const auto id = event();
  ASSERT_TRUE(id);
  connections.close_idle();
  const auto next = connections.add(std::move(two.far), false);
  connections.rest(*next);
  EXPECT_FALSE(connections.claim(*id));
}

TEST_F(ConnectionsTest, ClosesTheLongestIdleAboveTheLimit) {
  Connections connections(epoll.get(), 2, 1);
  Pair pairs[3];
  for (int k = 0; k < 2; ++k) connections.rest(*connections.add(std::move(pairs[k].far), false));
  connections.rest(*connections.add(std::move(pairs[2].far), false));
  EXPECT_TRUE(pairs[0].closed());
  EXPECT_FALSE(pairs[1].closed());
  EXPECT_FALSE(pairs[2].closed());
}

TEST_F(ConnectionsTest, CloseIdleSparesBusyOnes) {
  Connections connections(epoll.get(), 4, 1);
  Pair idle, busy;
  connections.rest(*connections.add(std::move(idle.far), false));
  const auto kept = connections.add(std::move(busy.far), false);
  connections.close_idle();
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(busy.closed());
  connections.drop(*kept);
}

TEST_F(ConnectionsTest, WorkersAndACloserAtOnce) {
  Connections connections(epoll.get(), 64, 4);
  std::vector<Pair> pairs(16);
  for (auto& pair : pairs) connections.rest(*connections.add(std::move(pair.far), false));
  std::atomic<bool> stop{false};
  std::atomic<int> served{0};
  std::vector<std::thread> workers;
  for (int t = 0; t < 3; ++t) {
    workers.emplace_back([&] {
      while (!stop) {
        const auto id = event(10);
        if (!id) continue;
        const auto busy = connections.claim(*id);
        if (!busy) continue;
        char c;
        if (::recv(busy->fd, &c, 1, MSG_DONTWAIT) == 1) {
          ++served;
          connections.rest(*busy);
        } else {
          connections.drop(*busy);
        }
      }
    });
  }
  for (int round = 0; round < 500; ++round) {
    for (auto& pair : pairs) (void)::send(pair.near.get(), "x", 1, MSG_NOSIGNAL);
    if (round % 50 == 49) {
      connections.close_idle();
      for (auto& pair : pairs) {
        pair = Pair();
        if (auto busy = connections.add(std::move(pair.far), false)) connections.rest(*busy);
      }
    }
  }
  stop = true;
  for (auto& worker : workers) worker.join();
  EXPECT_GT(served, 0);
}

}  // namespace
}  // namespace wsgi::daemon
