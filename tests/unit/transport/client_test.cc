// SPDX-License-Identifier: Apache-2.0
// The child's side against occupants that behave as the test says: conversations, and each row of
// the retry table.
#include "transport/client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <thread>

#include "support/fake_occupant.h"
#include "support/list_log.h"

namespace wsgi::transport {
namespace {

using test::FakeGroup;
using test::ListLog;
using test::Peerage;
using namespace std::chrono_literals;

ClientOptions usual() {
  ClientOptions options;
  options.group = "grp";
  options.connect_timeout = 5s;
  options.socket_timeout = 5s;
  return options;
}

struct Request {
  std::vector<EnvVar> variables = {{Atom::REQUEST_METHOD, {}, "GET"}};
  RequestHead head;
  Request() {
    head.variables = variables;
    head.target.script = "/a.wsgi";
    head.log_level = Level::trace8;
  }
  Ask ask() const {
    Ask a;
    a.head = &head;
    return a;
  }
};

// Answers each request on the connection with `text` until the child goes.
FakeGroup::Serve echo(std::string text) {
  return [text](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    if (peer.request(request)) peer.answer(text);
  };
}

// What a lease brings to its end: status, body, or the failure.
struct Answer {
  int status = 0;
  std::string body, logs;
  std::optional<Outcome> outcome;
  std::optional<Fail> fail;
  Verdict verdict;
};

Answer read_answer(Lease& lease) {
  Answer answer;
  for (;;) {
    auto frame = lease.next();
    if (!frame) {
      answer.fail = frame.error();
      answer.verdict = lease.verdict(*answer.fail);
      return answer;
    }
    DecodedHead head;
    switch (frame->type) {
      case FrameType::head:
        EXPECT_TRUE(lease.read_head(*frame, head));
        answer.status = head.head.status;
        break;
      case FrameType::data:
        answer.body += as_text(frame->payload);
        break;
      case FrameType::log:
        answer.logs += decode_log(frame->payload)->text;
        break;
      case FrameType::end:
        answer.outcome = *decode_end(frame->payload);
        answer.verdict = lease.verdict(*answer.outcome);
        return answer;
      default:
        break;
    }
  }
}

Answer ask(GroupClient& client, ListLog& log, const Request& request = {}) {
  auto lease = client.lease(Deadline(), request.ask(), log);
  if (lease) return read_answer(*lease);
  Answer answer;
  answer.fail = lease.error();
  answer.verdict = client.verdict(*answer.fail);
  return answer;
}

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
  FakeGroup group;
  Fd regular(::memfd_create("f", MFD_CLOEXEC));
  ASSERT_EQ(::write(regular.get(), "0123456789", 10), 10);
  const std::string self = "/proc/self/fd/" + std::to_string(regular.get());
  Fd readable(::open(self.c_str(), O_RDONLY | O_CLOEXEC));
  group.occupy(0, 1, [&](Fd fd, const HandOver&) {
    Peerage peer(std::move(fd));
    DecodedRequest request;
    ASSERT_TRUE(peer.request(request));
    peer.head();
    Bytes range;
    encode_file({4, 1000}, range);
    peer.send(FrameType::file, range, 0, readable.get());
    peer.send(FrameType::file, range, kDataLast, regular.get());
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
  ASSERT_TRUE(range);
  EXPECT_EQ(range->offset, 4u);
  EXPECT_EQ(range->length, 6u);
  auto writable = lease->next();
  ASSERT_TRUE(writable);
  EXPECT_FALSE(lease->read_file(*writable)) << "open for writing";
  EXPECT_EQ(lease->next()->type, FrameType::end);
}

// ---- the retry table ----

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

TEST(Bridge, ServesFromTheElderUntilOurOwnIsReady) {
  FakeGroup elder, own;
  elder.occupy(0, 1, echo("elder"));
  GroupClient client(usual(), own.ends(), elder.ends());
  ListLog log;
  EXPECT_EQ(ask(client, log).body, "elder");
  EXPECT_EQ(own.page.counts().bridged, 1u);
  own.occupy(0, 1, echo("own"));
  own.page.state().ever_ready = 1;
  EXPECT_EQ(ask(client, log).body, "own");
  // Ready once: the elder is not used any more, even when nothing of ours is free.
  own.stop(0);
  set_state(own.page, 0, SlotState::broken);
  EXPECT_EQ(ask(client, log).fail->id, ErrorId::conn_broken);
}

TEST(Bridge, NotToASupersededElder) {
  FakeGroup elder, own;
  elder.occupy(0, 1, echo("elder"));
  elder.page.state().superseded = 1;
  set_state(own.page, 0, SlotState::broken);
  GroupClient client(usual(), own.ends(), elder.ends());
  ListLog log;
  EXPECT_EQ(ask(client, log).fail->id, ErrorId::conn_broken);
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
