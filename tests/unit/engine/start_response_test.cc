// SPDX-License-Identifier: Apache-2.0
// Every row of runtime.md 5.1 and 5.2: what start_response and write refuse, with exact texts.
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

struct Row {
  const char* name;
  const char* call;      // what the application does
  const char* expected;  // repr-like: "Type: text"
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class StartResponseTest : public EngineTest, public testing::WithParamInterface<Row> {};

// The application reports what was raised, so nothing here depends on the log.
TEST_P(StartResponseTest, Raises) {
  auto x = serve(std::string(R"(
def attempt(environ, start_response):
    def sent():
        start_response('200 OK', [])(b'x')
    def info():
        import sys
        try:
            raise KeyError('first')
        except KeyError:
            return sys.exc_info()
    )") + GetParam().call +
                 R"(

def application(environ, start_response):
    try:
        attempt(environ, start_response)
    except BaseException as error:
        text = '%s: %s' % (type(error).__name__, error)
    else:
        text = 'nothing'
    try:
        start_response('299 Done', [('X-Ours', '1')])
    except RuntimeError:
        pass
    environ['wsgi.errors'].write(text + '\n')
    return [b'.']
)");
  auto lines = x->log.lines(LogStream::wsgi_errors);
  ASSERT_EQ(lines.size(), 1u) << x->log.text();
  EXPECT_EQ(lines[0], GetParam().expected);
  EXPECT_EQ(x->outcome.code, OutcomeCode::ok);
}

const Row kRows[] = {
    {"few", "start_response('200 OK')",
     "TypeError: start_response() takes at least 2 arguments (1 given)"},
    {"many", "start_response('200 OK', [], None, 1)",
     "TypeError: start_response() takes at most 3 arguments (4 given)"},
    {"keyword", "start_response('200 OK', headers=[])",
     "TypeError: start_response() takes no keyword arguments"},
    {"headers_tuple", "start_response('200 OK', ())",
     "TypeError: start_response() argument 2 must be list, not tuple"},
    {"headers_dict", "start_response('200 OK', {})",
     "TypeError: start_response() argument 2 must be list, not dict"},
    {"headers_str", "start_response('200 OK', 'x')",
     "TypeError: start_response() argument 2 must be list, not str"},
    {"headers_subclass", "start_response('200 OK', type('L', (list,), {})())", "nothing"},
    {"exc_info_list", "start_response('200 OK', [], [])",
     "RuntimeError: start_response() argument 'exc_info' must be a 3-tuple or None"},
    {"exc_info_none", "start_response('200 OK', [], None)", "nothing"},
    {"exc_info_before", "start_response('200 OK', [], info())", "nothing"},
    {"sent_exc_info", "sent(); start_response('200 OK', [], info())", "KeyError: 'first'"},
    {"sent_again", "sent(); start_response('200 OK', [])",
     "RuntimeError: start_response() called more than once without exc_info"},
    {"empty_write_commits", "start_response('200 OK', [])(b''); start_response('200 OK', [])",
     "RuntimeError: start_response() called more than once without exc_info"},
    {"replace", "start_response('200 OK', []); start_response('201 Made', [])", "nothing"},
    {"status_bytes", "start_response(b'200 OK', [])", "TypeError: must be str, not bytes"},
    {"status_unicode", "start_response('200 \\u2603', [])",
     "UnicodeEncodeError: 'latin-1' codec can't encode character '\\u2603' in position 4: ordinal "
     "not in range(256)"},
    {"status_two_digits", "start_response('20 OK', [])",
     "ValueError: status code must be a 3 digit integer: b'20 OK'"},
    {"status_word", "start_response('OK', [])",
     "ValueError: status code must be a 3 digit integer: b'OK'"},
    {"status_empty", "start_response('', [])",
     "ValueError: status code must be a 3 digit integer: b''"},
    {"status_four_digits", "start_response('2000 OK', [])",
     "ValueError: status code must be a 3 digit integer: b'2000 OK'"},
    {"status_no_space", "start_response('200-OK', [])",
     "ValueError: no space following status code: b'200-OK'"},
    {"status_bare", "start_response('200', [])", "nothing"},
    {"status_control", "start_response('200 OK\\r\\nX: y', [])",
     "ValueError: control character in status reason phrase: b'200 OK\\r\\nX: y'"},
    {"status_nul", "start_response('200 O\\0K', [])",
     "ValueError: control character in status reason phrase: b'200 O\\x00K'"},
    {"header_str", "start_response('200 OK', ['x'])",
     "TypeError: each header must be a 2-tuple, not str"},
    {"header_list", "start_response('200 OK', [['a', 'b']])",
     "TypeError: each header must be a 2-tuple, not list"},
    {"header_three", "start_response('200 OK', [('a', 'b', 'c')])",
     "ValueError: each header must be a 2-tuple, got length 3"},
    {"header_name_int", "start_response('200 OK', [(1, 'b')])", "TypeError: must be str, not int"},
    {"header_value_int", "start_response('200 OK', [('a', 1)])", "TypeError: must be str, not int"},
    {"header_value_none", "start_response('200 OK', [('a', None)])",
     "TypeError: must be str, not NoneType"},
    {"header_unicode", "start_response('200 OK', [('a', '\\u2603')])",
     "UnicodeEncodeError: 'latin-1' codec can't encode character '\\u2603' in position 0: ordinal "
     "not in range(256)"},
    {"header_name_empty", "start_response('200 OK', [('', 'b')])",
     "ValueError: header name is empty"},
    {"header_name_control", "start_response('200 OK', [('a\\nb', 'b')])",
     "ValueError: control character in header name: b'a\\nb'"},
    {"header_name_nul", "start_response('200 OK', [('a\\0b', 'b')])",
     "ValueError: control character in header name: b'a\\x00b'"},
    {"header_name_space", "start_response('200 OK', [('a b', 'b')])",
     "ValueError: space character in header name: b'a b'"},
    {"header_value_newline", "start_response('200 OK', [('a', 'b\\nSet-Cookie: x')])",
     "ValueError: carriage return/line feed character in header value: b'b\\nSet-Cookie: x'"},
    {"header_value_return", "start_response('200 OK', [('a', 'b\\r')])",
     "ValueError: carriage return/line feed character in header value: b'b\\r'"},
    {"header_value_nul", "start_response('200 OK', [('a', 'b\\0c')])",
     "ValueError: null character in header value: b'b\\x00c'"},
    {"header_value_tab", "start_response('200 OK', [('a', 'b\\tc\\x7f')])", "nothing"},
    {"header_latin1", "start_response('200 OK', [('a', 'caf\\xe9')])", "nothing"},
    {"write_str", "start_response('200 OK', [])('x')",
     "TypeError: write() argument must be bytes, not str"},
    {"write_none", "start_response('200 OK', [])()",
     "TypeError: write() takes exactly one argument (0 given)"},
    {"bad_exc_info_after", "sent(); start_response('200 OK', [], (1, 2))",
     "TypeError: start_response() takes exactly 3 arguments (2 given)"},
    {"none_exc_info_after", "sent(); start_response('200 OK', [], (None, None, None))",
     "TypeError: start_response() argument 'exc_info' holds no exception"},
};

INSTANTIATE_TEST_SUITE_P(Table, StartResponseTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

using HeadTest = EngineTest;

TEST_F(HeadTest, LastCallBeforeTheFirstItemWins) {
  auto x = serve(R"(
def application(environ, start_response):
    start_response('500 No', [('X-Old', '1')])
    start_response('201 Made', [('X-New', 'caf\xe9')])
    return [b'x']
)");
  EXPECT_EQ(x->sink.status, 201);
  EXPECT_EQ(x->sink.reason, "Made");
  EXPECT_EQ(x->sink.header("X-Old"), std::nullopt);
  EXPECT_EQ(x->sink.header("X-New"), "caf\xe9");
}

TEST_F(HeadTest, RefusedCallLeavesTheEarlierOne) {
  auto x = serve(R"(
def application(environ, start_response):
    start_response('201 Made', [('X-A', '1')])
    try:
        start_response('200 OK', [('X-B', '2'), ('bad name', '')])
    except ValueError:
        pass
    return [b'x']
)");
  EXPECT_EQ(x->sink.status, 201);
  EXPECT_EQ(x->sink.header("X-A"), "1");
}

TEST_F(HeadTest, HeadersChangedAfterwardsAreNotSeen) {
  auto x = serve(R"(
def application(environ, start_response):
    headers = [('X-A', 'one' * 50)]
    start_response('200 OK', headers)
    headers[0] = ('X-A', 'two')
    headers.append(('Evil\r\n', 'x'))
    return [b'x']
)");
  EXPECT_EQ(x->sink.headers.size(), 1u);
  EXPECT_EQ(x->sink.header("X-A")->substr(0, 3), "one");
}

TEST_F(HeadTest, HopByHopHeadersAreDropped) {
  auto x = serve(R"(
def application(environ, start_response):
    start_response('200 OK', [('connection', 'close'), ('Keep-Alive', '1'), ('TE', 'x'),
        ('Transfer-Encoding', 'chunked'), ('Trailer', 'x'), ('UPGRADE', 'h2c'), ('Status', '404'),
        ('Upgrade-Insecure', 'kept')])
    return [b'x']
)");
  EXPECT_EQ(x->sink.headers.size(), 2u);
  EXPECT_EQ(x->sink.header("Status"), "404");
}

TEST_F(HeadTest, InterimStatusIsRefusedWithOneLine) {
  for (const char* status : {"100 Continue", "101 Switching", "199"}) {
    auto x = serve(std::string("def application(e, s):\n    s('") + status +
                   "', [])\n    return [b'x']\n");
    EXPECT_EQ(x->outcome.code, OutcomeCode::bad_response);
    EXPECT_EQ(x->sink.heads, 0);
    auto lines = x->log.lines(LogStream::message);
    ASSERT_EQ(
        std::count_if(lines.begin(), lines.end(), [](auto& l) { return l.find("WSGI5007") == 0; }),
        1);
    EXPECT_FALSE(x->log.has("Traceback"));
    std::filesystem::remove(script_);
    script_ += "x";
  }
}

TEST_F(HeadTest, InterimStatusInWriteIsFinal) {
  auto x = serve(R"(
def application(environ, start_response):
    try:
        start_response('103 Early', [])(b'x')
    except ValueError as error:
        print(error)
    start_response('200 OK', [])
    return [b'too late']
)");
  EXPECT_EQ(x->outcome.code, OutcomeCode::bad_response);
  EXPECT_EQ(x->sink.heads, 0);
  EXPECT_EQ(x->log.lines(LogStream::stdout_).at(0), "status 103 cannot be a final status");
}

TEST_F(HeadTest, UnusualStatusesPass) {
  script("def application(e, s):\n    s(e['X'], [])\n    return [b'x']\n");
  for (const char* status : {"099 x", "999 x", "000"}) {
    Exchange x;
    x.environ.emplace_back("X", status);
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::ok);
    EXPECT_EQ(x.sink.status, std::atoi(status));
  }
}

TEST_F(HeadTest, KeptCallablesAreDeadAfterTheRequest) {
  script(R"(
import builtins
def application(environ, start_response):
    if not hasattr(builtins, 'kept'):
        builtins.kept = (start_response, start_response('200 OK', []), environ)
        return [b'first']
    texts = []
    for call in (lambda: kept[0]('200 OK', []), lambda: kept[1](b'x'),
                 lambda: kept[2]['wsgi.input'].read(), lambda: kept[2]['wsgi.input'].readline(),
                 lambda: kept[2]['wsgi.input'].readlines(), lambda: kept[2]['wsgi.input'].close(),
                 lambda: list(kept[2]['wsgi.input']), lambda: next(kept[2]['wsgi.input']),
                 lambda: kept[2]['wsgi.errors'].write('late\n'),
                 lambda: kept[2]['wsgi.errors'].buffer.writelines([b'late'])):
        try:
            call()
            texts.append('nothing')
        except RuntimeError as error:
            texts.append(str(error))
    del builtins.kept
    start_response('200 OK', [])
    return ['\n'.join(texts).encode()]
)");
  auto first = serve();
  EXPECT_EQ(first->sink.body(), "first");
  auto x = serve();
  EXPECT_EQ(x->sink.body(),
            "start_response() called after request completed\n"
            "write() called after request completed\n"
            "read() called on wsgi.input after request completed\n"
            "readline() called on wsgi.input after request completed\n"
            "readlines() called on wsgi.input after request completed\n"
            "close() called on wsgi.input after request completed\n"
            "iteration of wsgi.input attempted after request completed\n"
            "iteration of wsgi.input attempted after request completed\n"
            "write() called on wsgi.errors after request completed\n"
            "writelines() called on wsgi.errors after request completed");
  EXPECT_FALSE(x->log.has("late"));
}

}  // namespace
}  // namespace wsgi::test
