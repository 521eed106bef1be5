// SPDX-License-Identifier: Apache-2.0
// Each row of the retry table, provoked by an occupant.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "support/asking.h"

namespace wsgi::transport {
namespace {

using namespace test;

TEST(RetryTable, HandOverNotSentGoesToAnotherSlot) {
  FakeGroup group(2);
  set_ready(group.page, 0, 1);
  group.pairs[0].receiving.reset();
  group.occupy(1, 1, echo("from 1"));
  GroupClient client(usual(), group.ends());
  ListLog log;
  for (int k = 0; k < 3; ++k) EXPECT_EQ(ask(client, log).body, "from 1");
  EXPECT_EQ(load_word(group.page, 0).in_use, 0u) << "a permit was lost";
}

TEST(RetryTable, WhatIsSentToADeadProcessGoesToAnotherSlot) {
  FakeGroup group(2);
  set_ready(group.page, 0, 1);  // as a child saw it that is held up between permit and hand-over
  group.page.record_death(0, 1, 4711, DeathHow::signal, 9, 0, "");
  group.occupy(1, 1, echo("from 1"));
  GroupClient client(usual(), group.ends());
  ListLog log;
  for (int k = 0; k < 3; ++k) EXPECT_EQ(ask(client, log).body, "from 1");
  EXPECT_EQ(load_word(group.page, 0).in_use, 0u) << "a permit was lost";
}

TEST(RetryTable, APooledConnectionThatHasGoneIsReplaced) {
  FakeGroup group;
  group.occupy(0, 1, echo("one each"));
  GroupClient client(usual(), group.ends());
  ListLog log;
  for (int k = 0; k < 4; ++k) EXPECT_EQ(ask(client, log).body, "one each");
}

TEST(RetryTable, ResetBeforeAnyFramePlacesAgain) {
  FakeGroup group;
  std::atomic<int> seen{0};
  group.occupy(0, 1, [&](Fd fd, const HandOver& message) {
    if (++seen <= 5) return;  // closes it unread
    echo("at last")(std::move(fd), message);
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  EXPECT_EQ(ask(client, log).body, "at last");
  EXPECT_EQ(seen, 6);
  EXPECT_TRUE(log.has("placed again"));
}

TEST(RetryTable, ResetsWithoutEndAre503) {
  FakeGroup group;
  std::atomic<int> seen{0};
  group.occupy(0, 1, [&](Fd, const HandOver&) { ++seen; });
  GroupClient client(usual(), group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_restarts);
  EXPECT_EQ(answer.verdict.status, 503);
  EXPECT_EQ(seen, 2 * 1 + 8 + 1) << "first try and its repetitions";
}

TEST(RetryTable, AgainGoesToAnotherProcessWithTheBodyKept) {
  FakeGroup group(2);
  std::atomic<int> turned_away{0};
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    ++turned_away;
    const auto reason = AgainReason::script_changed;
    peer.send(FrameType::again, {reinterpret_cast<const std::byte*>(&reason), 1});
  });
  group.occupy(1, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.answer(std::string(as_text(request.rest)) + std::to_string(request.head.rejections));
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  for (int k = 0; k < 3; ++k) {
    Request request;
    Ask what = request.ask();
    what.inline_body = as_bytes("kept");
    auto lease = client.lease(Deadline(), what, log);
    ASSERT_TRUE(lease);
    EXPECT_EQ(read_answer(*lease).body.substr(0, 4), "kept");
  }
  EXPECT_EQ(turned_away, 1) << "a daemon that turned one away is left alone";
}

TEST(RetryTable, TurnedAwayTooOftenIs503) {
  FakeGroup group;
  std::atomic<std::uint32_t> generation{1};
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    const auto reason = AgainReason::script_changed;
    peer.send(FrameType::again, {reinterpret_cast<const std::byte*>(&reason), 1});
    set_ready(group.page, 0, ++generation);  // as if replaced at once, by one as bad
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_restarts);
  EXPECT_EQ(answer.verdict.status, 503);
}

TEST(RetryTable, EndOfFileBeforeTheHeadIs502AndNamesTheCause) {
  FakeGroup group;
  group.occupy(0, 7, [&](Fd fd, const HandOver&) {
    {
      Peerage peer(std::move(fd));
      DecodedRequest request;
      ASSERT_TRUE(peer.request(request));
    }
    group.page.record_death(0, 7, 4711, DeathHow::signal, 11, 0, "GET /crash");
    ring_all(group.page);
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_early_close);
  EXPECT_EQ(answer.verdict.status, 502);
  EXPECT_FALSE(answer.verdict.cut);
  EXPECT_NE(answer.fail->text.find("process 4711 died of signal 11 (GET /crash)"),
            std::string::npos)
      << answer.fail->text;
}

TEST(RetryTable, AResetAfterALogMayHaveStarted) {
  FakeGroup group;
  std::atomic<int> seen{0};
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    ++seen;
    Peerage peer(std::move(fd));
    peer.log("I am running");  // and closes with the request unread
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_early_close);
  EXPECT_EQ(seen, 1);
}

TEST(RetryTable, EndOfFileAfterTheHeadCuts) {
  FakeGroup group;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.head();
    peer.data("half");
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "half");
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_daemon_died);
  EXPECT_TRUE(answer.verdict.cut);
}

TEST(RetryTable, TimeoutAfterTheHeadCuts) {
  FakeGroup group;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.head();
    peer.data("half");
    Frame frame;
    EXPECT_EQ(peer.receive(frame), Got::eof) << "the child closes the connection";
  });
  auto options = usual();
  options.socket_timeout = 50ms;
  GroupClient client(options, group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  EXPECT_EQ(answer.body, "half");
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_body_read);
  EXPECT_TRUE(answer.verdict.cut);
}

TEST(RetryTable, TimeoutBeforeTheHeadIs504) {
  FakeGroup group;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    Frame frame;
    EXPECT_EQ(peer.receive(frame), Got::eof) << "the child closes the connection";
  });
  auto options = usual();
  options.socket_timeout = 50ms;
  GroupClient client(options, group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_timeout);
  EXPECT_EQ(answer.verdict.status, 504);
}

TEST(RetryTable, LogDoesNotPutTheTimeoutOff) {
  FakeGroup group;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    Frame frame;
    set_timeouts(peer.fd(), 20ms);
    for (int k = 0; k < 500; ++k) {
      if (peer.receive(frame) != Got::timeout || !peer.log("still busy")) return;
    }
    ADD_FAILURE() << "logging kept the request alive";
  });
  auto options = usual();
  options.socket_timeout = 200ms;
  GroupClient client(options, group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_timeout);
}

TEST(RetryTable, EndWithoutHeadGivesTheStatusOfItsOutcome) {
  const std::pair<OutcomeCode, int> rows[] = {
      {OutcomeCode::app_error, 500},         {OutcomeCode::no_callable, 404},
      {OutcomeCode::timed_out, 504},         {OutcomeCode::expired, 504},
      {OutcomeCode::interpreter_limit, 503}, {OutcomeCode::internal, 500}};
  for (const auto& [code, status] : rows) {
    FakeGroup group;
    group.occupy(0, 1, [code = code](Fd fd, const HandOver&) {
      Peerage peer(std::move(fd));
      DecodedRequest request;
      ASSERT_TRUE(peer.request(request));
      peer.end(code);
    });
    GroupClient client(usual(), group.ends());
    ListLog log;
    const auto answer = ask(client, log);
    ASSERT_TRUE(answer.outcome);
    EXPECT_EQ(answer.verdict.status, status);
  }
}

TEST(RetryTable, AllBrokenIs503AtOnceWithRetryAfter) {
  FakeGroup group(2);
  set_state(group.page, 0, SlotState::broken);
  set_state(group.page, 1, SlotState::broken);
  group.page.state().retry_after_s = 7;
  GroupClient client(usual(), group.ends());
  ListLog log;
  const auto started = Clock::now();
  const auto answer = ask(client, log);
  EXPECT_LT(Clock::now() - started, 1s);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_broken);
  EXPECT_EQ(answer.verdict.status, 503);
  EXPECT_EQ(answer.verdict.retry_after_s, 7u);
}

TEST(RetryTable, BreakingWhileOthersWaitEndsTheirWait) {
  FakeGroup group;
  GroupClient client(usual(), group.ends());
  ListLog log;
  Answer answer;
  std::thread waiter([&] { answer = ask(client, log); });
  while (group.page.bell().waiters == 0) std::this_thread::yield();
  set_state(group.page, 0, SlotState::broken);
  waiter.join();
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_broken);
}

TEST(RetryTable, NothingFreeWithinQueueTimeoutIs504) {
  FakeGroup group(1, 1);
  set_ready(group.page, 0, 1);
  ASSERT_TRUE(try_take(group.page, SlotState::ready, {}, 0));
  auto options = usual();
  options.queue_timeout = 30ms;
  GroupClient client(options, group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_queue);
  EXPECT_EQ(answer.verdict.status, 504);
  EXPECT_EQ(group.page.bell().waiters, 0u);
  EXPECT_EQ(group.page.counts().waits, 1u);
}

TEST(RetryTable, AFullLineIs503AfterConnectTimeout) {
  FakeGroup group(1, 1, 1);
  group.page.bell().waiters = 1;
  auto options = usual();
  options.connect_timeout = 30ms;
  GroupClient client(options, group.ends());
  ListLog log;
  const auto answer = ask(client, log);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_exhausted);
  EXPECT_EQ(answer.verdict.status, 503);
  EXPECT_EQ(group.page.counts().refused_full, 1u);
}

TEST(RetryTable, AWaiterIsServedWhenTheSlotGetsReady) {
  FakeGroup group;
  GroupClient client(usual(), group.ends());
  ListLog log;
  Answer answer;
  std::thread waiter([&] { answer = ask(client, log); });
  while (group.page.bell().waiters == 0) std::this_thread::yield();
  group.occupy(0, 1, echo("ready"));
  waiter.join();
  EXPECT_EQ(answer.body, "ready");
}

TEST(RetryTable, NonsenseIs500AndClosesTheConnection) {
  const std::vector<FakeGroup::Serve> rows = {
      [](Fd fd, const HandOver&) {  // unknown frame
        const std::uint8_t junk[8] = {0, 0, 0, 0, 99};
        ::send(fd.get(), junk, sizeof junk, 0);
        char c;
        while (::recv(fd.get(), &c, 1, 0) > 0) {
        }
      },
      [](Fd fd, const HandOver&) {  // DATA before HEAD
        Peerage peer(std::move(fd));
        DecodedRequest request;
        ASSERT_TRUE(peer.request(request));
        peer.data("x");
      },
      [](Fd fd, const HandOver&) {  // GO for a request without a body
        Peerage peer(std::move(fd));
        DecodedRequest request;
        ASSERT_TRUE(peer.request(request));
        peer.send(FrameType::go);
      },
      [](Fd fd, const HandOver&) {  // FILE without a descriptor
        Peerage peer(std::move(fd));
        DecodedRequest request;
        ASSERT_TRUE(peer.request(request));
        Bytes range;
        encode_file({0, 1}, range);
        peer.send(FrameType::file, range);
      },
      [](Fd fd, const HandOver&) {  // two files: each takes a descriptor of the child's
        Peerage peer(std::move(fd));
        DecodedRequest request;
        ASSERT_TRUE(peer.request(request));
        peer.head();
        Bytes range;
        encode_file({0, 1}, range);
        const Fd file(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
        for (int k = 0; k < 2; ++k) peer.send(FrameType::file, range, 0, file.get());
      },
      [](Fd fd, const HandOver&) {  // a descriptor with something else
        Peerage peer(std::move(fd));
        DecodedRequest request;
        ASSERT_TRUE(peer.request(request));
        Bytes log;
        encode_log({}, log);
        peer.send(FrameType::log, log, 0, peer.fd());
      }};
  for (std::size_t k = 0; k < rows.size(); ++k) {
    FakeGroup group;
    group.occupy(0, 1, rows[k]);
    GroupClient client(usual(), group.ends());
    ListLog log;
    const auto answer = ask(client, log);
    ASSERT_TRUE(answer.fail) << k;
    EXPECT_EQ(answer.fail->id, ErrorId::conn_protocol) << k;
    EXPECT_EQ(answer.verdict.status, 500) << k;
  }
}

}  // namespace
}  // namespace wsgi::transport
