// SPDX-License-Identifier: Apache-2.0
// A child that asks an occupant something and reads the answer to its end.
#pragma once

#include <string>

#include "support/fake_occupant.h"
#include "support/list_log.h"
#include "transport/client.h"

namespace wsgi::test {

using namespace std::chrono_literals;

inline ClientOptions usual() {
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
inline FakeGroup::Serve echo(std::string text) {
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

inline Answer read_answer(Lease& lease) {
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

inline Answer ask(GroupClient& client, ListLog& log, const Request& request = {}) {
  auto lease = client.lease(Deadline(), request.ask(), log);
  if (lease) return read_answer(*lease);
  Answer answer;
  answer.fail = lease.error();
  answer.verdict = client.verdict(*answer.fail);
  return answer;
}

}  // namespace wsgi::test
