// SPDX-License-Identifier: Apache-2.0
// What lasts longer than a request: scripts and their reloading, interpreters, streams, threads,
// interruption, memory. runtime.md 8, 10, 11.2 and 7.5.
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

using ProcessTest = EngineTest;

constexpr const char* kHello =
    "def application(e, s):\n    s('200 OK', [])\n    return [b'hello']\n";

std::atomic<int> g_loading;  // the threads of several interpreters load at a time
const bool g_loads_are_counted = [] {
  Python::get().options.loading = [] { ++g_loading; };
  return true;
}();

// Sets a time that differs from any the file had.
void touch(const std::filesystem::path& path, int seconds) {
  std::filesystem::last_write_time(
      path, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

TEST_F(ProcessTest, ScriptFailures) {
  struct {
    const char *source, *text;
  } rows[] = {{"import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"},
              {"def broken(:\n", "SyntaxError: "},
              {"raise SystemExit(1)\n", "SystemExit exception raised when loading WSGI script '"}};
  for (const auto& row : rows) {
    script(row.source);
    auto x = serve();
    EXPECT_EQ(x->outcome.code, OutcomeCode::load_failed);
    EXPECT_TRUE(x->log.has(row.text)) << x->log.text();
    EXPECT_EQ(x->sink.heads, 0);
    // Nothing was cached: once repaired, it works in the same process.
    script(kHello);
    EXPECT_EQ(serve()->sink.body(), "hello");
    script_ += "x";
  }
  script_ = folder_ / "none.wsgi";
  auto missing = serve();
  EXPECT_EQ(missing->outcome.code, OutcomeCode::load_failed);
  EXPECT_TRUE(missing->log.has("FileNotFoundError")) << missing->log.text();
}

// startup-timeout counts from the first load that a request asks for.
TEST_F(ProcessTest, LoadsOfRequestsAreTold) {
  script(kHello);
  ASSERT_TRUE(python().engine().preload(script_.string(), ""));
  const int before = g_loading;
  serve();
  EXPECT_EQ(g_loading, before);
  script_ += "x";
  script("import no_such_module\n");
  serve();
  EXPECT_EQ(g_loading, before + 1);
}

TEST_F(ProcessTest, MissingCallable) {
  Exchange x;
  x.callable = "other";
  script(kHello);
  serve(x);
  EXPECT_EQ(x.outcome.code, OutcomeCode::no_callable);
  EXPECT_TRUE(x.log.has("does not contain WSGI application 'other'"));
  EXPECT_TRUE(x.log.has("Loading WSGI script '" + script_.string() + "'"));
}

TEST_F(ProcessTest, ModuleOfAScript) {
  auto x = serve(R"(
# -*- coding: latin-1 -*-
import sys
def application(environ, start_response):
    start_response('200 OK', [])
    return [repr((__name__[:10], len(__name__), __file__ == environ['F'], type(__mtime__),
        sys.modules[__name__].application is application)).encode()]
)");
  Exchange y;
  y.environ.emplace_back("F", script_.string());
  serve(y);
  EXPECT_EQ(y.sink.body(), "('_mod_wsgi_', 42, True, <class 'int'>, True)") << x->log.text();
}

TEST_F(ProcessTest, ReloadsInPlaceWhenAsked) {
  script(kHello);
  touch(script_, 100);
  EXPECT_EQ(serve()->sink.body(), "hello");
  script("def application(e, s):\n    s('200 OK', [])\n    return [b'changed']\n");
  touch(script_, 200);
  EXPECT_EQ(serve()->sink.body(), "hello");
  Exchange x;
  x.flags = kReloading;
  serve(x);
  EXPECT_EQ(x.sink.body(), "changed");
  EXPECT_TRUE(x.log.has("Reloading WSGI script '"));
  Exchange again;
  again.flags = kReloading;
  serve(again);
  EXPECT_FALSE(again.log.has("oading WSGI script '"));
}

TEST_F(ProcessTest, ReloadRequiredAndMtime) {
  script(R"(
import sys
count = sys.__dict__.setdefault('wsgi_test_loads', []); count.append(1)
def reload_required(resource):
    if answer == 'raise': raise ValueError('hook')
    return answer == resource
answer = ''
def application(environ, start_response):
    global answer, __mtime__
    answer = environ.get('ANSWER', '')
    if 'FORGET' in environ: del __mtime__
    start_response('200 OK', [])
    return [b'%d' % len(count)]
)");
  auto load = [&](const char* key, std::string value) {
    Exchange x;
    x.flags = kReloading;
    x.environ.emplace_back(key, value);
    serve(x);
    return x.sink.body() + (x.log.has("WSGI5016: ") ? " logged" : "");
  };
  EXPECT_EQ(load("ANSWER", "raise"), "1");
  EXPECT_EQ(load("ANSWER", script_.string()), "1 logged");
  EXPECT_EQ(load("FORGET", ""), "2");
  EXPECT_EQ(load("X", ""), "3");
  EXPECT_EQ(load("X", ""), "3");
}

// As another thread does that loads the script again while reload_required() waits.
TEST_F(ProcessTest, ModuleOutlivesItsReplacementDuringReloadRequired) {
  script(R"(
import sys, weakref
this = weakref.ref(sys.modules[__name__])
def reload_required(resource):
    del sys.modules[__name__]
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'there' if this() else b'gone']
)");
  EXPECT_EQ(serve()->sink.body(), "there");
  Exchange x;
  x.flags = kReloading;
  serve(x);
  EXPECT_EQ(x.sink.body(), "there");
}

TEST_F(ProcessTest, InterpretersAreApartAndPreloadFillsThem) {
  script(R"(
import sys, mod_wsgi, threading
seen = []
local = threading.local()
def application(environ, start_response):
    seen.append(1)
    local.count = getattr(local, 'count', 0) + 1
    start_response('200 OK', [])
    return [repr((len(seen), local.count, mod_wsgi.application_group)).encode()]
)");
  auto text = [&](const char* group) {
    Exchange x;
    x.group = group;
    serve(x);
    EXPECT_EQ(x.outcome.code, OutcomeCode::ok) << x.log.text() << python().log.text();
    return x.sink.body();
  };
  EXPECT_EQ(text(""), "(1, 1, '')");
  EXPECT_EQ(text("one"), "(1, 1, 'one')");
  EXPECT_EQ(text("one"), "(2, 2, 'one')");
  EXPECT_TRUE(engine().preload(script_.string(), "two"));
  EXPECT_EQ(text("two"), "(1, 1, 'two')");
  EXPECT_EQ(text(""), "(2, 2, '')");
  EXPECT_FALSE(engine().preload((folder_ / "none").string(), "two"));
  EXPECT_TRUE(python().log.has("WSGI5020: FileNotFoundError exception raised loading WSGI script"));
}

TEST_F(ProcessTest, Streams) {
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

TEST_F(ProcessTest, OtherThreadsWriteToTheProcessLog) {
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

TEST_F(ProcessTest, UnfinishedLinesAreBounded) {
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

TEST_F(ProcessTest, UnfinishedLinesOfEndedThreads) {
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

TEST_F(ProcessTest, SignalsAreGuarded) {
  auto x = serve(R"(
import signal
def application(environ, start_response):
    before = signal.getsignal(signal.SIGTERM)
    handler = lambda *a: None
    kept = signal.signal(signal.SIGTERM, handler) is handler
    start_response('200 OK', [])
    return [repr((kept, signal.getsignal(signal.SIGTERM) is before)).encode()]
)");
  EXPECT_EQ(x->sink.body(), "(True, True)") << x->log.text();
  EXPECT_TRUE(x->log.has("WSGI3018: signal.signal() for signal"));
}

TEST_F(ProcessTest, ManyThreadsManyInterpreters) {
  script(R"(
import threading
local = threading.local()
def application(environ, start_response):
    local.count = getattr(local, 'count', 0) + 1
    environ['wsgi.errors'].write('line ' + environ['N'] + '\n')
    start_response('200 OK', [('X-N', environ['N'])])
    yield environ['wsgi.input'].read()
    yield environ['N'].encode()
)");
  (void)serve();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 150; ++i) {
        std::string n = std::to_string(t * 1000 + i);
        Exchange x;
        x.environ.emplace_back("N", n);
        x.group = i % 3 == 0 ? "" : i % 3 == 1 ? "one" : "threads";
        x.body = MemoryBody({"<", n, ">"});
        serve(x);
        bool good = x.outcome.code == OutcomeCode::ok && x.sink.body() == "<" + n + ">" + n &&
                    x.sink.header("X-N") == n && x.log.has("line " + n);
        if (!good && ++wrong == 1) ADD_FAILURE() << x.sink.body() << "\n" << x.log.text();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// A body that lets the test know when the application waits in it.
struct WaitingBody final : BodySource {
  std::latch entered{1};
  std::promise<void> release;
  Result<std::size_t> read(ByteSpan) override {
    entered.count_down();
    release.get_future().wait();
    return std::size_t{0};
  }
};

TEST_F(ProcessTest, InterruptHitsTheRunningRequestOnly) {
  script(
      "def application(e, s):\n    e['wsgi.input'].read()\n    s('200 OK', [])\n"
      "    return [b'done']\n");
  std::string path = script_.string();
  RequestHead head;
  head.target = {path, "application", "", "", path};
  EXPECT_FALSE(engine().interrupt(40));
  for (const char* group : {"", "one"}) {
    head.target.application_group = group;
    WaitingBody body;
    ListLog log;
    MemorySink sink;
    Outcome outcome;
    OutcomeCode next{};
    std::thread worker([&] {
      engine::set_thread_index(40);
      outcome = engine().run(head, body, sink, log);
      MemoryBody none;
      MemorySink other;
      next = engine().run(head, none, other, log).code;
    });
    body.entered.wait();
    EXPECT_TRUE(engine().interrupt(40));
    EXPECT_FALSE(engine().interrupt(40)) << "one injection per request";
    engine().log_stacks(python().log);
    body.release.set_value();
    worker.join();
    EXPECT_EQ(outcome.code, OutcomeCode::timed_out);
    EXPECT_EQ(sink.heads, 0);
    EXPECT_EQ(next, OutcomeCode::ok);
    EXPECT_TRUE(python().log.has("Injected RequestTimeout into thread 40"));
  }
  EXPECT_FALSE(engine().interrupt(40));
}

// The interrupt arrives when no Python code of the request is left to run.
TEST_F(ProcessTest, LateInterruptIsForgotten) {
  struct InterruptingSink final : ResponseSink {
    explicit InterruptingSink(engine::Engine& e) : engine(e) {}
    Status head(const ResponseHead&) override { return ok(); }
    Status data(ByteView, More) override {
      std::thread([&] { injected = engine.interrupt(41); }).join();
      return ok();
    }
    Status file(Fd, std::uint64_t, std::uint64_t) override { return ok(); }
    bool aborted() const override { return false; }
    engine::Engine& engine;
    bool injected = false;
  };
  script(kHello);
  std::string path = script_.string();
  RequestHead head;
  head.target = {path, "application", "", "", path};
  std::thread([&] {
    engine::set_thread_index(41);
    ListLog log;
    InterruptingSink sink(engine());
    MemoryBody body;
    EXPECT_EQ(engine().run(head, body, sink, log).code, OutcomeCode::ok);
    EXPECT_TRUE(sink.injected);
    MemorySink after;
    EXPECT_EQ(engine().run(head, body, after, log).code, OutcomeCode::ok);
    EXPECT_EQ(after.body(), "hello");
  }).join();
}

TEST_F(ProcessTest, ProbeReturns) { engine().probe(); }

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Everything a request makes is gone after it; a leak of one small object would be 100,000 of them.
TEST_F(ProcessTest, MemoryAndObjectsStayFlat) {
  script(R"(
import gc, sys
def application(environ, start_response):
    if 'COUNT' in environ:
        gc.collect()
        start_response('200 OK', [])
        return [b'%d' % (sys.getallocatedblocks() // 1000)]
    write = start_response('200 OK', [('A', 'b')])
    environ['wsgi.input'].readline()
    return [b'x']
)");
  auto blocks = [&] {
    Exchange x;
    x.environ.emplace_back("COUNT", "1");
    serve(x);
    return std::atol(x.sink.body().c_str());
  };
  auto many = [&](int requests) {
    Exchange x;
    x.environ.emplace_back("HTTP_X_Y", "value");
    for (int i = 0; i < requests; ++i) {
      x.sink = MemorySink();
      serve(x);
    }
  };
  many(2000);
  long before = blocks(), memory = peak_kib();
  many(100000);
  EXPECT_LE(blocks() - before, 2) << "thousands of Python memory blocks";
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory on purpose
  EXPECT_LE(peak_kib() - memory, 2048) << "KiB";
#else
  (void)memory;
#endif
}

}  // namespace
}  // namespace wsgi::test
