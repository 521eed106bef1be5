// SPDX-License-Identifier: Apache-2.0
// Content, types and precedence of environ: runtime.md 3.
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

class EnvironTest : public EngineTest {
 protected:
  std::string eval(Exchange& x, const std::string& expression) {
    if (!std::filesystem::exists(script_)) {
      script(R"(
def application(environ, start_response):
    start_response('200 OK', [])
    return [ascii(eval(environ['EXPRESSION'], dict(globals(), e=environ))).encode()]
)");
    }
    x.environ.emplace_back("EXPRESSION", expression);
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::ok) << x.log.text();
    return x.sink.body();
  }
  std::string eval(const std::string& expression) {
    Exchange x;
    return eval(x, expression);
  }
};

TEST_F(EnvironTest, FixedKeys) {
  EXPECT_EQ(eval("type(e) is dict, e['wsgi.version'], e['wsgi.url_scheme']"),
            "(True, (1, 0), 'http')");
  EXPECT_EQ(eval("e['wsgi.input_terminated'], e['wsgi.multithread'], e['wsgi.multiprocess'], "
                 "e['wsgi.run_once']"),
            "(True, False, False, False)");
  Exchange x;
  x.flags = kHttps | kMultithread | kMultiprocess | kRunOnce;
  EXPECT_EQ(eval(x,
                 "e['wsgi.url_scheme'], e['wsgi.multithread'], e['wsgi.multiprocess'], "
                 "e['wsgi.run_once']"),
            "('https', True, True, True)");
  EXPECT_EQ(eval("e['mod_wsgi.version'] == __import__('mod_wsgi').version, "
                 "e['mod_wsgi.process_group'], e['mod_wsgi.application_group'], "
                 "e['mod_wsgi.callable_object'], e['mod_wsgi.request_id']"),
            "(True, '', '', 'application', 'id-1')");
  EXPECT_EQ(eval("[type(e['mod_wsgi.' + k]).__name__ for k in ('request_start', 'queue_start', "
                 "'daemon_start', 'application_start', 'thread_id', 'server_pid')], "
                 "'mod_wsgi.connection_id' in e"),
            "(['float', 'float', 'float', 'float', 'int', 'str'], False)");
}

TEST_F(EnvironTest, ValuesAreLatin1AndTheLastOneWins) {
  Exchange x;
  x.environ = {{"HTTP_HOST", "caf\xe9"},       {"X", "1"},    {"X", "2"},
               {"PATH_INFO", "/\xe2\x98\x83"}, {"EMPTY", ""}, {"SCRIPT_FILENAME", "/\xe2\x98\x83"}};
  EXPECT_EQ(eval(x, "[e[k] for k in ('HTTP_HOST', 'X', 'PATH_INFO', 'EMPTY', 'SCRIPT_FILENAME')]"),
            "['caf\\xe9', '2', '/\\xe2\\x98\\x83', '', '/\\u2603']");
}

TEST_F(EnvironTest, NothingConfiguredForgesOurKeys) {
  Exchange x;
  x.environ = {{"wsgi.version", "x"},
               {"mod_wsgi.process_group", "forged"},
               {"mod_wsgi.x-secret", "s"},
               {"HTTPS", "on"},
               {"wsgi.input", "x"},
               {"mod_wsgi.thread_id", "x"},
               {"mod_wsgi.request_handler", "wsgi-script"}};
  EXPECT_EQ(eval(x,
                 "e['wsgi.version'], e['mod_wsgi.process_group'], 'mod_wsgi.x-secret' in e, "
                 "'HTTPS' in e, type(e['wsgi.input']).__name__, e['mod_wsgi.thread_id'], "
                 "e['mod_wsgi.request_handler']"),
            "((1, 0), '', False, False, 'Input', 0, 'wsgi-script')");
}

// Values are kept from one request to the next: never another request's.
TEST_F(EnvironTest, KeptValuesFollowTheRequest) {
  for (const char* host : {"a.example", "b.example", "a.example", ""}) {
    Exchange x;
    x.environ = {{"HTTP_HOST", host}};
    EXPECT_EQ(eval(x, "e['HTTP_HOST']"), "'" + std::string(host) + "'");
  }
  EXPECT_EQ(eval("'HTTP_HOST' in e"), "False");
}

TEST_F(EnvironTest, ManyNamesDoNotGrowTheCache) {
  for (int round = 0; round < 3; ++round) {
    Exchange x;
    for (int i = 0; i < 400; ++i) {
      x.environ.emplace_back("HTTP_X_" + std::to_string(round * 400 + i), "v");
    }
    EXPECT_EQ(eval(x, "len([k for k in e if k.startswith('HTTP_X_')])"), "400");
  }
}

TEST_F(EnvironTest, ChangesStayInTheRequest) {
  EXPECT_EQ(eval("e.__setitem__('wsgi.version', 'changed'), e.clear()"), "(None, None)");
  EXPECT_EQ(eval("e['wsgi.version']"), "(1, 0)");
}

TEST_F(EnvironTest, Module) {
  EXPECT_EQ(eval("(lambda m: (m.process_group, m.application_group, m.maximum_processes, "
                 "m.threads_per_process, hasattr(m, '__file__'), m.active_requests == {'id-1': "
                 "m.request_data()}, m.active_requests['id-1'] is m.request_data()))"
                 "(__import__('mod_wsgi'))"),
            "('', '', 1, 1, False, True, True)");
  EXPECT_EQ(eval("__import__('sys').argv"), "['mod_wsgi']");
}

}  // namespace
}  // namespace wsgi::test
