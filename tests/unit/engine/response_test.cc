// SPDX-License-Identifier: Apache-2.0
// Iteration, lengths, failures at each point, close(): runtime.md 5.2 to 5.6.
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

using ResponseTest = EngineTest;

// An iterable class `Body(items)`: an item that is an exception is raised; close() is counted.
constexpr const char* kBody = R"(
closed = []
class Body:
    def __init__(self, *items): self.items = iter(items)
    def __iter__(self): return self
    def __next__(self):
        item = next(self.items)
        if isinstance(item, BaseException): raise item
        return item
    def close(self): closed.append(1); print('closed', len(closed))
)";

std::size_t count(const ListLog& log, std::string_view part) {
  std::size_t found = 0;
  for (const auto& record : log.records()) found += record.text.find(part) != std::string::npos;
  return found;
}

TEST_F(ResponseTest, ItemsArePassedOneByOneAndEmptyOnesSkipped) {
  auto x = serve(R"(
def application(environ, start_response):
    yield b''
    start_response('200 OK', [])
    yield b'a'
    yield b''
    yield b'b'
)");
  EXPECT_EQ(x->outcome.code, OutcomeCode::ok) << x->log.text();
  EXPECT_EQ(x->sink.blocks, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(x->sink.last, More::yes);
}

// A head that the way to the client does not take: the request fails, and says why.
TEST_F(ResponseTest, HeadThatIsRefused) {
  script(R"(
def application(environ, start_response):
    write = start_response('200 OK', [])
    if environ['HOW'] == 'write':
        try: write(b'a')
        except ValueError as e: print(e)
    return [] if environ['HOW'] == 'empty' else [b'a']
)");
  for (const char* how : {"item", "empty", "write"}) {
    Exchange x;
    x.environ.emplace_back("HOW", how);
    x.sink.refusal = Fail{ErrorId::app_response, "too large"};
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::bad_response) << how;
    EXPECT_EQ(count(x.log, "WSGI5006: too large"), 1u) << x.log.text();
    EXPECT_TRUE(x.sink.blocks.empty());
  }
}

TEST_F(ResponseTest, TupleAndEmptyResponses) {
  script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return eval(environ['RESULT'])
)");
  for (auto [source, body] : {std::pair{"(b'a', b'', b'b')", "ab"},
                              {"[]", ""},
                              {"()", ""},
                              {"[b'']", ""},
                              {"iter(())", ""},
                              {"{b'k': 1}", "k"},
                              {"type('B', (bytes,), {})(b'') or [b'z']", "z"}}) {
    Exchange x;
    x.environ.emplace_back("RESULT", source);
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::ok) << source << x.log.text();
    EXPECT_EQ(x.sink.body(), body) << source;
    EXPECT_EQ(x.sink.heads, 1) << source;
  }
}

TEST_F(ResponseTest, WrongResultsAndItems) {
  script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return eval(environ['RESULT'])
)");
  for (auto [source, text] :
       {std::pair{"None", "TypeError: 'NoneType' object is not iterable"},
        {"7", "TypeError: 'int' object is not iterable"},
        {"['x']", "TypeError: response iterable must yield bytes, not str"},
        {"b'x'", "TypeError: response iterable must yield bytes, not int"},
        {"[bytearray(b'x')]", "TypeError: response iterable must yield bytes, not bytearray"},
        {"[memoryview(b'x')]", "TypeError: response iterable must yield bytes, not memoryview"}}) {
    Exchange x;
    x.environ.emplace_back("RESULT", source);
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::app_error) << source;
    EXPECT_EQ(x.sink.heads, 0) << source;
    EXPECT_TRUE(x.log.has(text)) << x.log.text();
    EXPECT_TRUE(x.log.has("TypeError exception raised processing WSGI script '"));
  }
}

TEST_F(ResponseTest, NoStartResponse) {
  for (const char* result : {"[b'x']", "[]", "iter([b'x'])", "iter([])"}) {
    script(std::string("def application(e, s):\n    return ") + result + "\n");
    auto x = serve();
    EXPECT_EQ(x->outcome.code, OutcomeCode::app_error);
    EXPECT_EQ(x->sink.heads, 0);
    EXPECT_TRUE(x->log.has(
        "RuntimeError: start_response() must be called before response content is produced"));
    script_ += "x";
  }
}

TEST_F(ResponseTest, FailuresAtEachPointCloseExactlyOnce) {
  struct {
    const char* items;
    bool head;
    const char* body;
  } rows[] = {{"KeyError('k')", false, ""},
              {"b'', KeyError('k')", false, ""},
              {"b'a', KeyError('k')", true, "a"},
              {"b'a', b'b', 5", true, "ab"}};
  for (const auto& row : rows) {
    script(std::string(kBody) +
           "def application(e, s):\n    s('200 OK', [('Content-Length', '9')])\n    return Body(" +
           row.items + ")\n");
    auto x = serve();
    EXPECT_EQ(x->outcome.code, OutcomeCode::app_error) << row.items;
    EXPECT_EQ(x->sink.heads, row.head ? 1 : 0) << row.items;
    EXPECT_EQ(x->sink.body(), row.body);
    EXPECT_EQ(count(x->log, "closed 1"), 1u) << x->log.text();
    EXPECT_EQ(count(x->log, "Traceback (most recent call last):"),
              std::string_view(row.items).ends_with("5") ? 0u : 1u);
    EXPECT_EQ(count(x->log, "exception raised processing WSGI script"), 1u);
    script_ += "x";
  }
}

TEST_F(ResponseTest, ExceptionFromTheCall) {
  auto x = serve(R"(
def helper(): raise ValueError('bad \x00 \ud800')
def application(environ, start_response):
    start_response('200 OK', [])
    try:
        helper()
    except ValueError as error:
        raise KeyError('outer') from error
)");
  EXPECT_EQ(x->outcome.code, OutcomeCode::app_error);
  EXPECT_EQ(x->sink.heads, 0);
  EXPECT_TRUE(x->log.has("KeyError exception raised processing WSGI script '"));
  EXPECT_TRUE(x->log.has("in helper"));
  EXPECT_TRUE(x->log.has("ValueError: bad \\x00 \\ud800")) << x->log.text();
  EXPECT_TRUE(x->log.has("The above exception was the direct cause"));
  EXPECT_TRUE(x->log.has("KeyError: 'outer'"));
}

TEST_F(ResponseTest, ExceptionAfterWriteIsCutAndAfterEmptyWriteIsNot) {
  auto sent = serve(R"(
def application(environ, start_response):
    start_response('200 OK', [('Content-Length', '10')])(b'data')
    raise ValueError('late')
)");
  EXPECT_EQ(sent->outcome.code, OutcomeCode::app_error);
  EXPECT_EQ(sent->sink.body(), "data");
  script_ += "x";
  auto held = serve(R"(
def application(environ, start_response):
    start_response('200 OK', [])(b'')
    raise ValueError('late')
)");
  EXPECT_EQ(held->outcome.code, OutcomeCode::app_error);
  EXPECT_EQ(held->sink.heads, 0);
}

TEST_F(ResponseTest, SystemExitIsIgnored) {
  auto x = serve("def application(e, s):\n    raise SystemExit(3)\n");
  EXPECT_EQ(x->outcome.code, OutcomeCode::app_error);
  EXPECT_TRUE(x->log.has("SystemExit exception raised by WSGI script '"));
  EXPECT_TRUE(x->log.has("ignored"));
  EXPECT_TRUE(x->log.has("SystemExit: 3"));
}

TEST_F(ResponseTest, RequestTimeoutByHand) {
  script(R"(
import mod_wsgi
assert issubclass(mod_wsgi.RequestTimeout, BaseException)
assert not issubclass(mod_wsgi.RequestTimeout, (Exception, SystemExit))
def application(environ, start_response):
    write = start_response('200 OK', [])
    if environ['SENT'] == '1': write(b'x')
    raise mod_wsgi.RequestTimeout('by hand')
)");
  for (const char* sent : {"0", "1"}) {
    Exchange x;
    x.environ.emplace_back("SENT", sent);
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::timed_out);
    EXPECT_EQ(x.sink.heads, *sent - '0');
    EXPECT_EQ(x.log.has("Request interrupted by RequestTimeout; thread recovered."), *sent == '0');
    EXPECT_TRUE(x.log.has("Request interrupted by RequestTimeout"));
    EXPECT_FALSE(x.log.has("Traceback"));
  }
}

TEST_F(ResponseTest, CloseOfEachKind) {
  struct {
    const char* close;
    const char* logged;
  } rows[] = {{"def close(self): raise ValueError('in close')", "ValueError: in close"},
              {"close = property(lambda self: 1 / 0)", "looking up close() of the response failed"},
              {"close = property(lambda self: getattr(self, 'nothing'))", nullptr},
              {"pass", nullptr}};
  for (const auto& row : rows) {
    script(std::string("class B:\n    def __iter__(self): return iter([b'x'])\n    ") + row.close +
           "\ndef application(e, s):\n    s('200 OK', [])\n    return B()\n");
    auto x = serve();
    EXPECT_EQ(x->outcome.code, OutcomeCode::ok) << row.close;
    EXPECT_EQ(x->sink.body(), "x");
    EXPECT_EQ(x->log.has("Traceback"), row.logged != nullptr) << x->log.text();
    EXPECT_TRUE(x->log.has(row.logged != nullptr ? row.logged : "")) << x->log.text();
    script_ += "x";
  }
}

TEST_F(ResponseTest, ClientGoneStopsAndCloses) {
  script(std::string(kBody) + R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return Body(b'a', b'b', b'c', KeyError('never'))
)");
  Exchange x;
  x.sink.fail_after = 1;
  serve(x);
  EXPECT_EQ(x.outcome.code, OutcomeCode::client_gone);
  EXPECT_EQ(x.sink.body(), "a");
  EXPECT_EQ(count(x.log, "closed 1"), 1u);
  EXPECT_FALSE(x.log.has("Traceback"));
}

TEST_F(ResponseTest, ClientGoneInWriteIsAnOSError) {
  script(R"(
def application(environ, start_response):
    write = start_response('200 OK', [])
    write(b'a')
    try:
        write(b'b')
    except OSError as error:
        print(error)
    return []
)");
  Exchange x;
  x.sink.fail_after = 1;
  serve(x);
  EXPECT_EQ(x.outcome.code, OutcomeCode::client_gone);
  EXPECT_TRUE(x.log.has("mod_wsgi client connection closed"));
}

TEST_F(ResponseTest, SurplusIsDroppedAndIterationGoesOn) {
  auto x = serve(R"(
def application(environ, start_response):
    write = start_response('200 OK', [('content-length', '3')])
    write(b'ab')
    yield b'cd'
    yield b'ef'
    print('at the end')
)");
  EXPECT_EQ(x->outcome.code, OutcomeCode::ok);
  EXPECT_EQ(x->sink.body(), "abc");
  EXPECT_EQ(x->sink.last, More::last);
  EXPECT_TRUE(x->log.has("at the end"));
}

TEST_F(ResponseTest, TooLittleIsReported) {
  script(R"(
def application(environ, start_response):
    start_response(environ['STATUS'], [('Content-Length', '30'), ('CONTENT-LENGTH', '3')])
    return eval(environ['RESULT'])
)");
  struct {
    const char *method, *status, *result;
    OutcomeCode code;
  } rows[] = {{"GET", "200 OK", "[b'ab']", OutcomeCode::length_short},
              {"GET", "200 OK", "[]", OutcomeCode::length_short},
              {"GET", "200 OK", "[b'abc']", OutcomeCode::ok},
              {"HEAD", "200 OK", "[]", OutcomeCode::ok},
              {"GET", "304 Not Modified", "[]", OutcomeCode::ok}};
  for (const auto& row : rows) {
    Exchange x;
    x.environ = {{"REQUEST_METHOD", row.method}, {"STATUS", row.status}, {"RESULT", row.result}};
    serve(x);
    EXPECT_EQ(x.outcome.code, row.code) << row.method << row.status << row.result;
    EXPECT_EQ(x.sink.headers.size(), 1u);
    EXPECT_EQ(x.sink.header("CONTENT-LENGTH"), "3");
    EXPECT_EQ(x.log.has("3 were declared"), row.code != OutcomeCode::ok);
  }
}

TEST_F(ResponseTest, BadContentLength) {
  for (const char* length : {"x", "", "-1", "+1", " 1", "1 ", "0x10", "99999999999999999999"}) {
    script(std::string("def application(e, s):\n    s('200 OK', [('Content-Length', '") + length +
           "')])\n    return [b'x']\n");
    auto x = serve();
    EXPECT_EQ(x->outcome.code, OutcomeCode::bad_response) << length;
    EXPECT_EQ(x->sink.heads, 0);
    EXPECT_TRUE(x->log.has("invalid Content-Length"));
    script_ += "x";
  }
}

TEST_F(ResponseTest, FileWrapperFastPath) {
  std::ofstream(folder_ / "data") << "0123456789";
  script(R"(
import io, os
def application(environ, start_response):
    headers = [('Content-Length', environ['LENGTH'])] if environ['LENGTH'] else []
    start_response('200 OK', headers)
    file = open(os.path.dirname(__file__) + '/data', 'rb')
    file.read(4)
    return environ['wsgi.file_wrapper'](file)
)");
  struct {
    const char *length, *sent, *body;
    OutcomeCode code;
  } rows[] = {{"", "6", "456789", OutcomeCode::ok},
              {"3", "3", "456", OutcomeCode::ok},
              {"8", "8", "456789", OutcomeCode::length_short}};
  for (const auto& row : rows) {
    Exchange x;
    x.environ.emplace_back("LENGTH", row.length);
    serve(x);
    EXPECT_EQ(x.outcome.code, row.code) << x.log.text();
    ASSERT_EQ(x.sink.files.size(), 1u);
    EXPECT_EQ(x.sink.body(), row.body);
    EXPECT_EQ(x.sink.header("Content-Length"), row.sent);
  }
}

TEST_F(ResponseTest, FileWrapperSlowPath) {
  auto x = serve(R"(
import io
class File(io.BytesIO):
    def close(self): print('file closed'); super().close()
def application(environ, start_response):
    Wrapper = environ['wsgi.file_wrapper']
    import mod_wsgi
    assert Wrapper is mod_wsgi.FileWrapper
    for arguments, kind in (((), TypeError), ((1, -1), ValueError), ((1, 'x'), TypeError)):
        try: Wrapper(*arguments)
        except kind: pass
        else: raise AssertionError(arguments)
    closed = Wrapper(None)
    closed.close(); closed.close()
    for use in (lambda: closed.filelike, lambda: next(closed), lambda: iter(closed)):
        try: use()
        except ValueError as error: assert str(error) == 'I/O operation on closed file'
        else: raise AssertionError(use)
    start_response('200 OK', [])
    return Wrapper(filelike=File(b'abcde'), blksize=2)
)");
  EXPECT_EQ(x->outcome.code, OutcomeCode::ok) << x->log.text();
  EXPECT_EQ(x->sink.blocks, (std::vector<std::string>{"ab", "cd", "e"}));
  EXPECT_TRUE(x->log.has("file closed"));
}

TEST_F(ResponseTest, FileWrapperOfText) {
  auto x = serve(R"(
import io
def application(environ, start_response):
    start_response('200 OK', [])
    return environ['wsgi.file_wrapper'](io.StringIO('abc'))
)");
  EXPECT_EQ(x->outcome.code, OutcomeCode::app_error);
  EXPECT_TRUE(x->log.has("TypeError: file wrapper read() must return bytes, not str"));
}

}  // namespace
}  // namespace wsgi::test
