// SPDX-License-Identifier: Apache-2.0
// A real daemon process with an engine that is no Python, between a supervisor of ours and the real
// client: start, serving, every way to leave, death.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <thread>

#include "support/fake_supervisor.h"
#include "support/list_log.h"
#include "transport/head_codec.h"

namespace wsgi::daemon {
namespace {

using namespace transport;
using test::FakeSupervisor;
using test::ListLog;

class Process : public ::testing::Test {
 protected:
  FakeSupervisor super{WSGI_DAEMON_WITHOUT_PYTHON};
  ListLog log;

  struct Answer {
    int status = 0;
    std::string body, logs;
    OutcomeCode code = OutcomeCode::internal;
    std::optional<Fail> fail;
  };
  static RequestHead head_for(const std::vector<EnvVar>& variables) {
    RequestHead head;
    head.variables = variables;
    head.target.script = "/a.wsgi";
    head.log_level = Level::trace8;
    return head;
  }
  static Answer read(Lease& lease) {
    Answer answer;
    for (;;) {
      auto frame = lease.next();
      if (!frame) {
        answer.fail = frame.error();
        return answer;
      }
      DecodedHead head;
      if (frame->type == FrameType::head && lease.read_head(*frame, head)) {
        answer.status = head.head.status;
      }
      if (frame->type == FrameType::data) answer.body += as_text(frame->payload);
      if (frame->type == FrameType::log) answer.logs += decode_log(frame->payload)->text;
      if (frame->type == FrameType::end) {
        answer.code = decode_end(frame->payload)->code;
        return answer;
      }
    }
  }
  Answer get(GroupClient& client, std::string_view path, std::uint32_t flags = 0,
             std::uint64_t request_us = 0) {
    const std::vector<EnvVar> variables = {{Atom::REQUEST_METHOD, {}, "GET"},
                                           {Atom::REQUEST_URI, {}, path}};
    RequestHead head = head_for(variables);
    head.flags = flags;
    head.timings.request_us = request_us;
    Ask ask;
    ask.head = &head;
    auto lease = client.lease(Deadline(), ask, log);
    if (lease) return read(*lease);
    Answer answer;
    answer.fail = lease.error();
    return answer;
  }
  // A request that is accepted and waits for its body: it keeps a worker busy.
  Lease hold(GroupClient& client) {
    static const std::vector<EnvVar> variables = {{Atom::REQUEST_METHOD, {}, "POST"},
                                                  {Atom::REQUEST_URI, {}, "/hold"}};
    static RequestHead head = head_for(variables);
    Ask ask;
    ask.head = &head;
    ask.body_follows = true;
    auto lease = client.lease(Deadline(), ask, log);
    EXPECT_TRUE(lease);
    EXPECT_EQ(lease->next()->type, FrameType::go);
    return std::move(*lease);
  }
  // A connection with one byte of a request, handed over for GENERATION: a child's end of it.
  Fd hand_over(std::uint32_t generation) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const Fd far(ends[1]);
    EXPECT_EQ(::send(ends[0], "x", 1, 0), 1);
    HandOver message;
    message.version = kIpcVersion;
    message.generation = generation;
    EXPECT_EQ(send_handover(super.pair().sending.get(), message, far.get()), HandOverSent::sent);
    return Fd(ends[0]);
  }
  static void expect_given_back(const Fd& connection) {
    char c;
    EXPECT_EQ(::recv(connection.get(), &c, 1, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
  }
  static void release(Lease& lease) { EXPECT_TRUE(lease.send_body(as_bytes("x"), true)->done); }
};

TEST_F(Process, ServesOnAPooledConnection) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  for (int k = 0; k < 20; ++k) {
    const auto answer = get(client, "/hello");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.code, OutcomeCode::ok);
  }
  EXPECT_EQ(super.page().counts().handovers, 1u);
  EXPECT_EQ(get(client, "/pieces").body, "one two");
  EXPECT_EQ(get(client, "/fail").code, OutcomeCode::app_error);
}

TEST_F(Process, BodiesInlineAndStreamed) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  const std::vector<EnvVar> variables = {{Atom::REQUEST_URI, {}, "/echo"}};
  const RequestHead head = head_for(variables);
  Ask ask;
  ask.head = &head;
  ask.inline_body = as_bytes("inline");
  {
    auto lease = client.lease(Deadline(), ask, log);
    EXPECT_EQ(read(*lease).body, "inline");
  }
  ask.inline_body = {};
  ask.body_follows = true;
  for (std::size_t size : {1u, 64u * 1024, 3'000'000u}) {
    auto lease = client.lease(Deadline(), ask, log);
    ASSERT_EQ(lease->next()->type, FrameType::go);
    const std::string body(size, 'b');
    ByteView rest = as_bytes(body);
    for (;;) {
      auto step = lease->send_body(rest, true);
      ASSERT_TRUE(step);
      rest = rest.subspan(step->taken);
      if (step->done) break;
    }
    const auto answer = read(*lease);
    EXPECT_EQ(answer.body, body);
  }
  EXPECT_EQ(super.page().counts().handovers, 1u);
}

TEST_F(Process, ABodyThatNobodyReadsDoesNotSpoilTheConnection) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  const std::vector<EnvVar> variables = {{Atom::REQUEST_URI, {}, "/hello"}};
  const RequestHead head = head_for(variables);
  Ask ask;
  ask.head = &head;
  ask.body_follows = true;
  for (int k = 0; k < 3; ++k) {
    auto lease = client.lease(Deadline(), ask, log);
    ASSERT_EQ(lease->next()->type, FrameType::go);
    EXPECT_EQ(read(*lease).body, "hello");
  }
  EXPECT_EQ(get(client, "/hello").body, "hello");
  EXPECT_EQ(super.page().counts().handovers, 1u);
}

TEST_F(Process, LogsOfARequestTravelOnItsConversation) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  const auto answer = get(client, "/log");
  EXPECT_NE(answer.logs.find("said by the application"), std::string::npos);
  EXPECT_EQ(answer.body, "hello");
}

TEST_F(Process, ExpiredRequestsAreDroppedAndTheConnectionKept) {
  super.boot.options.queue_timeout = 5;
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  const auto long_ago = wall_us() - 6'000'000;
  EXPECT_EQ(get(client, "/hello", 0, long_ago).code, OutcomeCode::expired);
  EXPECT_EQ(get(client, "/hello", 0, wall_us()).code, OutcomeCode::ok);
  EXPECT_EQ(super.page().counts().handovers, 1u);
}

TEST_F(Process, HandOversOfAnotherGenerationAreGivenBack) {
  super.start_ready();
  expect_given_back(hand_over(77));
}

// A child that was preempted sends it after the predecessor's death, and after what was queued then
// had been thrown back.
TEST_F(Process, ALateHandOverForThePredecessorDoesNotMakeItDeaf) {
  super.boot.generation = 2;
  super.start();
  set_ready(super.page(), 0, 1);
  set_state(super.page(), 0, SlotState::starting);
  expect_given_back(hand_over(1));
  ASSERT_TRUE(super.wait_for<ReadyMessage>());
  set_ready(super.page(), 0, 2);
  auto options = super.client_options();
  options.socket_timeout = std::chrono::seconds(2);
  GroupClient client(options, super.ends());
  EXPECT_EQ(get(client, "/hello").body, "hello");
}

TEST_F(Process, DrainFinishesWhatRunsAndEndsInOrder) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  EXPECT_EQ(get(client, "/hello").body, "hello");
  auto held = hold(client);
  set_state(super.page(), 0, SlotState::draining);
  super.send(DrainMessage{Cause::restart, 0});
  ASSERT_TRUE(super.wait_for<LogRecord>());
  EXPECT_TRUE(super.logged("stopping: restart"));
  release(held);
  EXPECT_EQ(read(held).body, "x");
  EXPECT_EQ(super.wait_exit(), 0);
  EXPECT_TRUE(super.logged("stopped because of restart; requests served: 2"));
  EXPECT_TRUE(super.logged("finished"));
  EXPECT_EQ(super.page().slot(0).counts.served, 2u);
  EXPECT_EQ(super.page().slot(0).counts.bytes_in, 1u);
  EXPECT_EQ(super.page().slot(0).counts.bytes_out, 6u);
}

TEST_F(Process, DrainingGivesBackLateHandOvers) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  auto held = hold(client);
  super.send(DrainMessage{Cause::restart, 0});
  ASSERT_TRUE(super.wait_for<LogRecord>());
  // The word still says ready: this child has not heard of it. All it gets is given back.
  const auto answer = get(client, "/hello");
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::conn_restarts);
  release(held);
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST_F(Process, RequestsThatDoNotEndAreAbandoned) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  auto held = hold(client);
  super.send(DrainMessage{Cause::stop, 50});
  EXPECT_EQ(WEXITSTATUS(super.wait_exit()), transport::kForcedExit);
  EXPECT_TRUE(super.logged("1 requests were abandoned"));
  const auto answer = read(held);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_early_close);
}

TEST_F(Process, TermLeavesAtOnce) {
  super.start_ready();
  super.signal(SIGTERM);
  const auto leaving = super.wait_for<LeavingMessage>();
  ASSERT_TRUE(leaving);
  EXPECT_EQ(leaving->cause, Cause::shutdown_signal);
  EXPECT_EQ(leaving->within_ms, 5000u);
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST_F(Process, Usr1AsksForAReplacementAndServesOn) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  super.signal(SIGUSR1);
  const auto recycle = super.wait_for<RecycleMessage>();
  ASSERT_TRUE(recycle);
  EXPECT_EQ(recycle->cause, Cause::graceful_signal);
  EXPECT_EQ(get(client, "/hello").body, "hello");
  super.send(DrainMessage{Cause::graceful_signal, 0});
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST_F(Process, WithoutOverlapItLeavesAtTheFirstIdleMoment) {
  super.boot.options.overlap = false;
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  auto held = hold(client);
  super.signal(SIGUSR1);
  ASSERT_TRUE(super.wait_for<RecycleMessage>());
  set_state(super.page(), 0, SlotState::fading);
  EXPECT_EQ(get(client, "/hello").body, "hello") << "a fading slot serves on";
  release(held);
  read(held);
  const auto leaving = super.wait_for<LeavingMessage>();
  ASSERT_TRUE(leaving);
  EXPECT_EQ(leaving->cause, Cause::graceful_signal);
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST_F(Process, MaximumRequestsAsksForAReplacementOnce) {
  super.boot.options.maximum_requests = 3;
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  for (int k = 0; k < 5; ++k) EXPECT_EQ(get(client, "/hello").body, "hello");
  const auto recycle = super.wait_for<RecycleMessage>();
  ASSERT_TRUE(recycle);
  EXPECT_EQ(recycle->cause, Cause::maximum_requests);
  super.send(DrainMessage{Cause::maximum_requests, 0});
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST_F(Process, RestartIntervalAndInactivity) {
  super.boot.options.restart_interval = 1;
  super.start_ready();
  const auto recycle = super.wait_for<RecycleMessage>();
  ASSERT_TRUE(recycle);
  EXPECT_EQ(recycle->cause, Cause::restart_interval);

  FakeSupervisor other{WSGI_DAEMON_WITHOUT_PYTHON};
  other.boot.options.inactivity_timeout = 1;
  other.start_ready();
  GroupClient client(other.client_options(), other.ends());
  EXPECT_EQ(get(client, "/hello").body, "hello");
  const auto leaving = other.wait_for<LeavingMessage>();
  ASSERT_TRUE(leaving);
  EXPECT_EQ(leaving->cause, Cause::inactivity_timeout);
  EXPECT_EQ(other.wait_exit(), 0);
}

TEST_F(Process, AChangedScriptTurnsAwayAndLeaves) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  std::thread asker([&] {
    const auto answer = get(client, "/changed", kReloading);
    // No other process: it waits until the supervisor says that none will come.
    ASSERT_TRUE(answer.fail);
    EXPECT_EQ(answer.fail->id, ErrorId::conn_broken);
  });
  const auto leaving = super.wait_for<LeavingMessage>();
  ASSERT_TRUE(leaving);
  EXPECT_EQ(leaving->cause, Cause::script_reload);
  EXPECT_EQ(super.wait_exit(), 0);
  set_state(super.page(), 0, SlotState::broken);
  asker.join();
}

TEST_F(Process, ReplacedWithoutASupervisorItNotices) {
  super.start_ready();
  super.close_control();
  GroupClient client(super.client_options(), super.ends());
  EXPECT_EQ(get(client, "/hello").body, "hello") << "serves on without supervisor";
  set_ready(super.page(), 0, 2);
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST_F(Process, AbortCostsItsOwnRequestOnly) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  const auto answer = get(client, "/abort");
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_early_close);
  EXPECT_TRUE(WIFSIGNALED(super.wait_exit()));
}

// A process forked by the application lives on; its copies must not hide the daemon's death.
TEST_F(Process, ForkedChildrenHoldNothingOfOurs) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  EXPECT_EQ(get(client, "/fork").body, "hello");
  auto held = hold(client);
  super.signal(SIGKILL);
  const auto answer = read(held);
  ASSERT_TRUE(answer.fail);
  EXPECT_EQ(answer.fail->id, ErrorId::resp_early_close);
  EXPECT_TRUE(WIFSIGNALED(super.wait_exit())) << "control ended although a fork of it lives";
}

TEST_F(Process, LinesOfForkedChildrenArriveInNothingTheyOpen) {
  super.start_ready();
  GroupClient client(super.client_options(), super.ends());
  EXPECT_EQ(get(client, "/fork-and-log").body, "clean");
}

TEST_F(Process, TheMonitorRepairsPermitsOfDeadChildren) {
  super.start_ready();
  ASSERT_TRUE(try_take(super.page(), SlotState::ready, {}, 0));
  ASSERT_TRUE(try_take(super.page(), SlotState::ready, {}, 0));
  auto options = super.client_options();
  options.queue_timeout = std::chrono::seconds(10);
  GroupClient client(options, super.ends());
  EXPECT_EQ(get(client, "/hello").body, "hello");
}

}  // namespace
}  // namespace wsgi::daemon
