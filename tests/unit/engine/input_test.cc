// SPDX-License-Identifier: Apache-2.0
// The table of runtime.md 4.2: what each call on wsgi.input returns, however the body arrives.
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

class InputTest : public EngineTest {
 protected:
  // repr() of the expression, where `i` is wsgi.input.
  std::string eval(const std::string& expression, std::vector<std::string> pieces,
                   std::optional<Fail> failure = std::nullopt) {
    if (!std::filesystem::exists(script_)) {
      script(R"(
def raises(call):
    try: call()
    except Exception as error: return '%s: %s' % (type(error).__name__, error)
    return 'nothing'
def application(environ, start_response):
    i = environ['wsgi.input']
    start_response('200 OK', [])
    return [repr(eval(environ['EXPRESSION'], dict(globals(), i=i))).encode()]
)");
    }
    Exchange x;
    x.environ.emplace_back("EXPRESSION", expression);
    x.body = MemoryBody(std::move(pieces));
    x.body.failure = std::move(failure);
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::ok) << x.log.text();
    return x.sink.body();
  }
};

const std::vector<std::string> kPieces = {"one\ntw", "o\n", "", "three", "\n\nend"};

TEST_F(InputTest, Reads) {
  EXPECT_EQ(eval("i.read()", kPieces), "b'one\\ntwo\\nthree\\n\\nend'");
  EXPECT_EQ(eval("i.read(-5)", kPieces), "b'one\\ntwo\\nthree\\n\\nend'");
  EXPECT_EQ(eval("[i.read(7), i.read(1), i.read(100), i.read(1), i.read()]", kPieces),
            "[b'one\\ntwo', b'\\n', b'three\\n\\nend', b'', b'']");
  EXPECT_EQ(eval("[i.read(0), i.read(3), i.read(0)]", kPieces), "[b'', b'one', b'']");
  EXPECT_EQ(eval("[i.read(), i.readline(), i.readlines(), list(i)]", {}), "[b'', b'', [], []]");
}

TEST_F(InputTest, Lines) {
  EXPECT_EQ(eval("list(i)", kPieces), "[b'one\\n', b'two\\n', b'three\\n', b'\\n', b'end']");
  EXPECT_EQ(eval("i.readlines()", kPieces), "[b'one\\n', b'two\\n', b'three\\n', b'\\n', b'end']");
  EXPECT_EQ(eval("i.readlines(5)", kPieces), "[b'one\\n', b'two\\n']");
  EXPECT_EQ(eval("i.readlines(1)", kPieces), "[b'one\\n']");
  EXPECT_EQ(
      eval("[i.readline(2), i.readline(0), i.readline(-1), i.readline(4), i.readline(9)]", kPieces),
      "[b'on', b'', b'e\\n', b'two\\n', b'three\\n']");
}

TEST_F(InputTest, MixedReadsKeepTheOrder) {
  EXPECT_EQ(eval("[i.readline(), i.read(2), i.readline(), next(i), i.read(1), i.read()]", kPieces),
            "[b'one\\n', b'tw', b'o\\n', b'three\\n', b'\\n', b'end']");
  std::string big(300000, 'x');
  EXPECT_EQ(eval("(lambda a, b, c: (a, len(b), c))(i.readline(3), i.read(250000), len(i.read()))",
                 {big, big}),
            "(b'xxx', 250000, 349997)");
  EXPECT_EQ(eval("[len(line) for line in i]", {big + "\n", big}), "[300001, 300000]");
}

TEST_F(InputTest, WrongArguments) {
  for (const char* call :
       {"i.read(None)", "i.read('x')", "i.readline(1.5)", "i.readlines(b'')", "i.read(1, 2)"}) {
    EXPECT_EQ(eval(std::string("raises(lambda: ") + call + ")[:10]", kPieces), "'TypeError:'");
  }
  EXPECT_EQ(eval("raises(type(i))[:10], type(i).__name__, type(i).__module__", {}),
            "('TypeError:', 'Input', 'mod_wsgi')");
  EXPECT_EQ(eval("hasattr(i, 'fileno'), hasattr(i, 'seek'), i.close(), i.read(1)", kPieces),
            "(False, False, None, b'o')");
}

TEST_F(InputTest, Failures) {
  Fail gone{ErrorId::body_gone, "the client went away"};
  EXPECT_EQ(
      eval("[i.read(3), raises(i.read), raises(i.read), raises(i.readline)]", {"abcdef"}, gone),
      "[b'abc', 'OSError: mod_wsgi request data read error: the client went away', 'OSError: "
      "mod_wsgi request data read error: input is already in error state', 'OSError: mod_wsgi "
      "request data read error: input is already in error state']");
}

}  // namespace
}  // namespace wsgi::test
