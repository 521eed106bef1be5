// SPDX-License-Identifier: Apache-2.0
// The daemon as it is installed, with Python: one application through client, daemon and engine.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "support/fake_supervisor.h"
#include "support/list_log.h"
#include "transport/head_codec.h"

namespace wsgi::daemon {
namespace {

using namespace transport;

constexpr const char* kApplication = R"(
import sys
def application(environ, start_response):
    length = int(environ.get('CONTENT_LENGTH') or 0)
    body = environ['wsgi.input'].read(length)
    print('seen', environ['PATH_INFO'], file=environ['wsgi.errors'])
    if environ['PATH_INFO'] == '/raise':
        raise ValueError('on purpose')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [environ['PATH_INFO'].encode('latin-1') + b':' + body]
)";

class Installed : public ::testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/wsgi-daemon-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    script_ = folder_ + "/app.wsgi";
    std::ofstream(script_) << kApplication;
    super_.boot.warm = {{script_, ""}};
    super_.boot.apache.version = "2.4.0";
    super_.start_ready();
    client_ = std::make_unique<GroupClient>(super_.client_options(), super_.ends());
  }
  void TearDown() override {
    ::unlink(script_.c_str());
    ::rmdir(folder_.c_str());
  }
  struct Answer {
    int status = 0;
    std::string body, logs;
    OutcomeCode code = OutcomeCode::internal;
  };
  Answer ask(std::string_view path, std::string_view body) {
    const std::string length = std::to_string(body.size());
    const std::vector<EnvVar> variables = {{Atom::REQUEST_METHOD, {}, "POST"},
                                           {Atom::SCRIPT_NAME, {}, ""},
                                           {Atom::PATH_INFO, {}, path},
                                           {Atom::QUERY_STRING, {}, ""},
                                           {Atom::SERVER_NAME, {}, "localhost"},
                                           {Atom::SERVER_PORT, {}, "80"},
                                           {Atom::SERVER_PROTOCOL, {}, "HTTP/1.1"},
                                           {Atom::CONTENT_LENGTH, {}, length}};
    RequestHead head;
    head.variables = variables;
    head.target = {script_, "application", "test", "", script_};
    head.content_length = body.size();
    head.flags = kMultithread | kReloading;
    Ask what;
    what.head = &head;
    what.inline_body = as_bytes(body);
    Answer answer;
    auto lease = client_->lease(Deadline(), what, log_);
    EXPECT_TRUE(lease);
    while (lease) {
      auto frame = lease->next();
      if (!frame) {
        ADD_FAILURE() << frame.error().text << super_.logs();
        break;
      }
      DecodedHead got;
      if (frame->type == FrameType::head && lease->read_head(*frame, got)) {
        answer.status = got.head.status;
      }
      if (frame->type == FrameType::data) answer.body += as_text(frame->payload);
      if (frame->type == FrameType::log) answer.logs += decode_log(frame->payload)->text;
      if (frame->type == FrameType::end) {
        answer.code = decode_end(frame->payload)->code;
        break;
      }
    }
    return answer;
  }

  test::FakeSupervisor super_{WSGI_DAEMON};
  test::ListLog log_;
  std::unique_ptr<GroupClient> client_;
  std::string folder_, script_;
};

TEST_F(Installed, ServesLogsAndEnds) {
  for (int k = 0; k < 3; ++k) {
    const auto answer = ask("/a", "body");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "/a:body");
    EXPECT_NE(answer.logs.find("seen /a"), std::string::npos);
  }
  const auto raised = ask("/raise", "");
  EXPECT_EQ(raised.status, 0);
  EXPECT_EQ(raised.code, OutcomeCode::app_error);
  EXPECT_NE(raised.logs.find("ValueError: on purpose"), std::string::npos);
  super_.signal(SIGTERM);
  EXPECT_EQ(super_.wait_exit(), 0) << super_.logs();
}

TEST_F(Installed, AChangedScriptEndsTheProcess) {
  EXPECT_EQ(ask("/a", "").status, 200);
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, script_.c_str(), times, 0), 0);
  std::thread supervisor([&] {
    const auto leaving = super_.wait_for<LeavingMessage>();
    ASSERT_TRUE(leaving);
    EXPECT_EQ(leaving->cause, Cause::script_reload);
    EXPECT_EQ(super_.wait_exit(), 0);
    ++super_.boot.generation;
    super_.start_ready();
  });
  EXPECT_EQ(ask("/b", "kept").body, "/b:kept");
  supervisor.join();
}

}  // namespace
}  // namespace wsgi::daemon
