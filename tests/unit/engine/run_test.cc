// SPDX-License-Identifier: Apache-2.0
// The main path: hello, bodies, write, generators, failures at each point, close().
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

using RunTest = EngineTest;

constexpr const char* kHello = R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('X-A', 'b')])
    return [b'hello']
)";

TEST_F(RunTest, HelloGoesOutInOnePiece) {
  auto x = serve(kHello);
  EXPECT_EQ(x->outcome.code, OutcomeCode::ok) << x->log.text();
  EXPECT_EQ(x->sink.status, 200);
  EXPECT_EQ(x->sink.reason, "OK");
  EXPECT_EQ(x->sink.header("Content-Type"), "text/plain");
  EXPECT_EQ(x->sink.blocks, std::vector<std::string>{"hello"});
  EXPECT_EQ(x->sink.last, More::done);
  EXPECT_EQ(x->outcome.out, 5u);
}

TEST_F(RunTest, PostEchoesItsBody) {
  Exchange x;
  x.body = MemoryBody({"abc", "def"});
  x.content_length = 6;
  script(R"(
def application(environ, start_response):
    data = environ['wsgi.input'].read()
    start_response('200 OK', [])
    return [data]
)");
  serve(x);
  EXPECT_EQ(x.sink.body(), "abcdef");
  EXPECT_EQ(x.outcome.in, 6u);
}

}  // namespace
}  // namespace wsgi::test
