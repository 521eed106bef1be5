// SPDX-License-Identifier: Apache-2.0
// Events without a server: order, snapshots, hooks, and what stays away when nobody listens.
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

using EventsTest = EngineTest;

TEST_F(EventsTest, OrderSnapshotAndMerge) {
  auto x = serve(R"(
import mod_wsgi
seen = []
def first(event, **payload):
    seen.append(('first', event, 'added' in payload))
    if event == 'response_started':
        mod_wsgi.event_callbacks.remove(second)
    return {'added': 1}
def second(event, **payload):
    seen.append(('second', event, 'added' in payload))
def application(environ, start_response):
    assert mod_wsgi.subscribe_events(first) is first
    mod_wsgi.subscribe_events(second)
    start_response('200 OK', [])
    mod_wsgi.event_callbacks.clear()
    return [repr(seen).encode()]
)");
  EXPECT_EQ(x->sink.body(),
            "[('first', 'response_started', False), ('second', 'response_started', True)]")
      << x->log.text();
}

TEST_F(EventsTest, ARejectedHeadIsAnEventToo) {
  auto x = serve(R"(
import mod_wsgi
seen = []
def hear(event, response_status=None, **payload):
    seen.append(response_status)
def application(environ, start_response):
    mod_wsgi.subscribe_events(hear)
    try:
        start_response(200, [])
    except TypeError:
        start_response('200 OK', [])
    mod_wsgi.event_callbacks.clear()
    return [repr(seen).encode()]
)");
  EXPECT_EQ(x->sink.body(), "[200, '200 OK']") << x->log.text();
}

TEST_F(EventsTest, ACloseThatRaisesIsARequestException) {
  auto x = serve(R"(
import mod_wsgi
class Result:
    def __iter__(self):
        yield b'x'
    def close(self):
        raise ValueError('close')
def hear(event, exception_info=None, **payload):
    if event == 'request_exception':
        print('heard', exception_info[0].__name__)
    if event == 'request_finished':
        print('status', payload['status'], 'cpu_time' in payload)
        mod_wsgi.event_callbacks.clear()
def application(environ, start_response):
    mod_wsgi.subscribe_events(hear)
    start_response('201 Made', [])
    return Result()
)");
  EXPECT_EQ(x->sink.body(), "x");
  EXPECT_NE(x->log.text().find("heard ValueError"), std::string::npos) << x->log.text();
  EXPECT_NE(x->log.text().find("status 201 False"), std::string::npos) << x->log.text();
}

TEST_F(EventsTest, StopAndSignalReachTheirOwnLists) {
  Exchange x;
  x.group = "events";
  script(R"(
import mod_wsgi, sys
def hear(event, **payload):
    print(event, payload, file=sys.stderr)
mod_wsgi.subscribe_shutdown(hear)
def application(environ, start_response):
    start_response('200 OK', [])
    return []
)");
  serve(x);
  python().log.clear();
  engine().announce_stop("because");
  EXPECT_NE(python().log.text().find("process_stopping {'shutdown_reason': 'because'}"),
            std::string::npos)
      << python().log.text();
  python().log.clear();
  engine().announce_signal(1);
  EXPECT_EQ(python().log.text(), "");
}

TEST_F(EventsTest, AHookHasNoRequestData) {
  struct Host : HookHost {
    void answer(std::uint8_t, std::string_view text) override { said += text; }
    bool is_https() const override { return false; }
    const char* ssl_variable(const char*) const override { return nullptr; }
    std::string said;
  } host;
  script(R"(
import mod_wsgi
def groups_for_user(environ, user):
    try:
        mod_wsgi.request_data()
    except RuntimeError as e:
        return [str(e)]
)");
  std::string path = script_.string();
  std::string_view user = "me";
  HookCall call{HookKind::groups, false, path, "", {}, {&user, 1}, nullptr};
  ListLog log;
  EXPECT_EQ(engine().hook(call, host, log), HookAnswer::text) << log.text();
  EXPECT_EQ(host.said, "no active request for thread");
}

}  // namespace
}  // namespace wsgi::test
