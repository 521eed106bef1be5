// SPDX-License-Identifier: Apache-2.0
// Text streams that end in the log: wsgi.errors, sys.stderr, sys.stdout; whole lines and rests.
// runtime.md 11.2.
#include <algorithm>

#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

using StreamsTest = EngineTest;

TEST_F(StreamsTest, Streams) {
  auto x = serve(R"(
import sys
def application(environ, start_response):
    errors = environ['wsgi.errors']
    print('to stdout')
    print('to stderr', 'in parts', file=sys.stderr)
    errors.write('one\ntwo\n')
    errors.write('rest')
    errors.write(' of it\n\u2603 \ud800\n')
    errors.writelines(['a', 'b\n', 'flushed'])
    errors.flush()
    errors.buffer.write(bytearray(b'nul\0cut\n'))
    errors.write('at the end')
    log = errors.buffer
    facts = (type(errors).__name__, log.name, log.encoding, log.errors, log.closed, log.isatty(),
             log.readable(), log.writable(), log.seekable(), sys.stderr.buffer.name,
             sys.stdout.buffer.name, errors.encoding, errors.errors, errors.line_buffering)
    try: log.fileno()
    except OSError: facts += ('OSError',)
    start_response('200 OK', [])
    return [repr(facts).encode()]
)");
  EXPECT_EQ(x->sink.body(),
            "('TextIOWrapper', '<wsgi.errors>', 'utf-8', 'replace', False, False, False, True, "
            "False, '<stderr>', '<stdout>', 'utf-8', 'replace', True, 'OSError')");
  EXPECT_EQ(x->log.lines(LogStream::stdout_), std::vector<std::string>{"to stdout"});
  EXPECT_EQ(x->log.lines(LogStream::stderr_), std::vector<std::string>{"to stderr in parts"});
  EXPECT_EQ(x->log.lines(LogStream::wsgi_errors),
            (std::vector<std::string>{"one", "two", "rest of it", "\xe2\x98\x83 ?", "ab", "flushed",
                                      "nul", "at the end"}));
}

TEST_F(StreamsTest, OtherThreadsWriteToTheProcessLog) {
  auto x = serve(R"(
import threading
def application(environ, start_response):
    thread = threading.Thread(target=lambda: print('from a thread'))
    thread.start(); thread.join()
    start_response('200 OK', [])
    return [b'x']
)");
  EXPECT_FALSE(x->log.has("from a thread"));
  EXPECT_TRUE(python().log.has("from a thread"));
}

TEST_F(StreamsTest, UnfinishedLinesAreBounded) {
  auto x = serve(R"(
import sys
def application(environ, start_response):
    errors = environ['wsgi.errors']
    errors.write('x' * 20000)
    for n in range(10000): sys.stdout.write('y')
    start_response('200 OK', [])
    return [b'']
)");
  auto sizes = [&](LogStream stream) {
    std::vector<std::size_t> found;
    for (const auto& line : x->log.lines(stream)) found.push_back(line.size());
    return found;
  };
  EXPECT_EQ(sizes(LogStream::wsgi_errors), (std::vector<std::size_t>{8192, 8192, 3616}));
  EXPECT_EQ(sizes(LogStream::stdout_), (std::vector<std::size_t>{8192, 1808}));
}

TEST_F(StreamsTest, UnfinishedLinesOfEndedThreads) {
  serve(R"(
import threading
def run(*text):
    thread = threading.Thread(target=print, args=text[:1], kwargs={'end': text[1]})
    thread.start(); thread.join()
def application(environ, start_response):
    for n in range(100): run('stray%d.' % n, '')
    run('whole', '\n')
    start_response('200 OK', [])
    return [b'']
)");
  auto lines = python().log.lines(LogStream::stdout_);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "whole"), 1);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "stray0."), 1);
  EXPECT_GT(lines.size(), 60u);
}

}  // namespace
}  // namespace wsgi::test
