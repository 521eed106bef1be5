// SPDX-License-Identifier: Apache-2.0
// The child's side of conversations, against occupants that behave as the test says.
#include "transport/client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <thread>

#include "support/asking.h"

namespace wsgi::transport {
namespace {

using namespace test;

TEST(Client, FreshThenPooledConnection) {
  FakeGroup group;
  std::atomic<int> connections{0};
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    ++connections;
    Peerage peer(std::move(fd));
    DecodedRequest request;
    while (peer.request(request)) {
      peer.answer("hello");
      give_back(group.page, {0, 1});
    }
  });
  {
    GroupClient client(usual(), group.ends());
    ListLog log;
    for (int k = 0; k < 5; ++k) {
      const auto answer = ask(client, log);
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.body, "hello");
      ASSERT_TRUE(answer.outcome);
      EXPECT_EQ(answer.outcome->code, OutcomeCode::ok);
    }
    EXPECT_TRUE(log.records().empty());
  }
  group.stop(0);
  EXPECT_EQ(connections, 1);
  EXPECT_EQ(group.page.counts().handovers, 1u);
}

TEST(Client, OnceClosesAfterTheRequest) {
  FakeGroup group;
  std::atomic<int> connections{0};
  group.occupy(0, 1, [&](Fd fd, const HandOver& message) {
    ++connections;
    EXPECT_EQ(message.flags, kHandOverOnce);
    Peerage peer(std::move(fd));
    DecodedRequest request;
    while (peer.request(request)) peer.answer("hello");
  });
  auto options = usual();
  options.once = true;
  GroupClient client(options, group.ends());
  ListLog log;
  ask(client, log);
  ask(client, log);
  group.stop(0);
  EXPECT_EQ(connections, 2);
}

TEST(Client, InlineBodyAndRequestLargerThanTheSocket) {
  FakeGroup group;
  std::string got_value, got_body;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    EXPECT_EQ(peer.flags(), kRequestInline);
    got_value = request.head.variables[0].value;
    got_body = as_text(request.rest);
    peer.answer("");
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  Request request;
  const std::string large(4 * 1024 * 1024, 'v');
  request.variables[0].value = large;
  Ask what = request.ask();
  what.inline_body = as_bytes("the body");
  auto lease = client.lease(Deadline(), what, log);
  ASSERT_TRUE(lease);
  EXPECT_EQ(read_answer(*lease).status, 200);
  group.stop(0);
  EXPECT_EQ(got_value, large);
  EXPECT_EQ(got_body, "the body");
}

// Sends the whole body while reading the answer as it comes.
Answer relay(Lease& lease, std::string_view body) {
  Answer answer;
  auto go = lease.next();
  EXPECT_TRUE(go);
  EXPECT_EQ(go->type, FrameType::go);
  ByteView rest = as_bytes(body);
  for (;;) {
    auto step = lease.send_body(rest, true);
    if (!step) break;
    rest = rest.subspan(step->taken);
    if (step->done) break;
    auto frame = lease.next();
    EXPECT_TRUE(frame);
    if (frame && frame->type == FrameType::data) answer.body += as_text(frame->payload);
    if (frame && frame->type == FrameType::end) return answer;
  }
  const auto more = read_answer(lease);
  answer.body += more.body;
  answer.outcome = more.outcome;
  answer.fail = more.fail;
  return answer;
}

TEST(Client, FiveMegabytesEachWayAtOnce) {
  constexpr std::size_t kSize = 5 * 1024 * 1024;
  FakeGroup group;
  std::size_t received = 0;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.send(FrameType::go);
    // Answers everything before it reads anything: a child that only sent would hang here.
    peer.head();
    const std::string block(1024 * 1024, 'o');
    for (int k = 0; k < 5; ++k) peer.data(block, k == 4 ? kDataLast : 0);
    Frame frame;
    do {
      ASSERT_EQ(peer.receive(frame), Got::frame);
      received += frame.payload.size();
    } while (!(frame.flags & kBodyLast));
    peer.end();
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  Request request;
  Ask what = request.ask();
  what.body_follows = true;
  auto lease = client.lease(Deadline(), what, log);
  ASSERT_TRUE(lease);
  const auto answer = relay(*lease, std::string(kSize, 'i'));
  group.stop(0);
  EXPECT_EQ(received, kSize);
  EXPECT_EQ(answer.body.size(), kSize);
}

TEST(Client, AnEndBeforeTheBodyAbandonsItAndKeepsTheConnection) {
  FakeGroup group;
  std::atomic<int> connections{0}, abandoned{0};
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    ++connections;
    Peerage peer(std::move(fd));
    DecodedRequest request;
    while (peer.request(request)) {
      if (peer.flags() & kRequestBody) {
        peer.send(FrameType::go);
        peer.answer("early");
        Frame frame;
        do {
          ASSERT_EQ(peer.receive(frame), Got::frame);
        } while (!(frame.flags & kBodyLast));
        if (frame.flags & kBodyAbandoned) ++abandoned;
      } else {
        peer.answer("plain");
      }
      give_back(group.page, {0, 1});
    }
  });
  {
    GroupClient client(usual(), group.ends());
    ListLog log;
    Request request;
    {
      Ask what = request.ask();
      what.body_follows = true;
      auto lease = client.lease(Deadline(), what, log);
      ASSERT_TRUE(lease);
      ASSERT_EQ(lease->next()->type, FrameType::go);
      EXPECT_EQ(read_answer(*lease).body, "early");
      EXPECT_TRUE(lease->send_body(as_bytes("late"), true)->done);
    }
    EXPECT_EQ(ask(client, log).body, "plain");
  }
  group.stop(0);
  EXPECT_EQ(connections, 1);
  EXPECT_EQ(abandoned, 1);
}

TEST(Client, ABodyThatFailsSaysWhy) {
  FakeGroup group;
  std::optional<std::byte> why;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.send(FrameType::go);
    Frame frame;
    do {
      ASSERT_EQ(peer.receive(frame), Got::frame);
    } while (!(frame.flags & kBodyLast));
    if (frame.flags & kBodyFailed) why = frame.payload[0];
    peer.answer("");
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  Request request;
  Ask what = request.ask();
  what.body_follows = true;
  auto lease = client.lease(Deadline(), what, log);
  ASSERT_EQ(lease->next()->type, FrameType::go);
  ASSERT_TRUE(lease->send_body(as_bytes("part"), false)->done);
  ASSERT_TRUE(lease->fail_body(BodyFailure::malformed));
  EXPECT_EQ(read_answer(*lease).status, 200);
  group.stop(0);
  EXPECT_EQ(why, std::byte{2});
}

TEST(Client, LogFramesInEveryState) {
  FakeGroup group;
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.log("a");
    peer.head();
    peer.log("b");
    peer.data("x");
    peer.log("c");
    peer.end();
  });
  GroupClient client(usual(), group.ends());
  ListLog log;
  EXPECT_EQ(ask(client, log).logs, "abc");
}

TEST(Client, FilesAreCheckedAndCut) {
  const Fd regular(::memfd_create("f", MFD_CLOEXEC));
  ASSERT_EQ(::write(regular.get(), "0123456789", 10), 10);
  const std::string self = "/proc/self/fd/" + std::to_string(regular.get());
  const Fd readable(::open(self.c_str(), O_RDONLY | O_CLOEXEC));
  for (const Fd* passed : {&readable, &regular}) {
    FakeGroup group;
    group.occupy(0, 1, [&](Fd fd, const HandOver&) {
      Peerage peer(std::move(fd));
      DecodedRequest request;
      ASSERT_TRUE(peer.request(request));
      peer.head();
      Bytes range;
      encode_file({4, 1000}, range);
      peer.send(FrameType::file, range, kDataLast, passed->get());
      peer.end();
    });
    GroupClient client(usual(), group.ends());
    ListLog log;
    auto lease = client.lease(Deadline(), Request().ask(), log);
    ASSERT_EQ(lease->next()->type, FrameType::head);
    auto file = lease->next();
    ASSERT_TRUE(file);
    ASSERT_EQ(file->type, FrameType::file);
    const auto range = lease->read_file(*file);
    ASSERT_EQ(bool(range), passed == &readable) << "the other is open for writing";
    if (range) {
      EXPECT_EQ(range->offset, 4u);
      EXPECT_EQ(range->length, 6u);
    }
    EXPECT_EQ(lease->next()->type, FrameType::end);
  }
}

TEST(Client, ManyThreadsManyRequests) {
  FakeGroup group(2, 2);
  for (std::size_t k = 0; k < 2; ++k) {
    group.occupy(k, 1, [&, k](Fd fd, const HandOver&) {
      Peerage peer(std::move(fd));
      DecodedRequest request;
      while (peer.request(request)) {
        peer.answer("ok");
        give_back(group.page, {static_cast<std::uint16_t>(k), 1});
      }
    });
  }
  {
    GroupClient client(usual(), group.ends());
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        ListLog log;
        for (int k = 0; k < 200; ++k) good += ask(client, log).body == "ok";
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, 8 * 200);
  }
  group.stop(0);
  group.stop(1);
  EXPECT_EQ(load_word(group.page, 0).in_use, 0u);
  EXPECT_EQ(load_word(group.page, 1).in_use, 0u);
  EXPECT_EQ(group.page.bell().waiters, 0u);
}

}  // namespace
}  // namespace wsgi::transport
