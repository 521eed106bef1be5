// SPDX-License-Identifier: Apache-2.0
// Instructions of one hello request inside Engine::run: streams in memory, a browser's headers.
// Run it under `valgrind --tool=callgrind` with two counts; the difference divided by the
// difference of the counts is the cost of a request, without start-up. Usage: engine-hello SCRIPT
// COUNT
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "engine/engine.h"
#include "support/list_log.h"
#include "support/memory_exchange.h"

namespace {

// Takes the response and forgets it, so that only the engine is measured.
struct NullSink final : wsgi::ResponseSink {
  wsgi::Status head(const wsgi::ResponseHead&) override { return wsgi::ok(); }
  wsgi::Status data(wsgi::ByteView bytes, wsgi::More) override {
    sent += bytes.size();
    return wsgi::ok();
  }
  wsgi::Status file(wsgi::Fd, std::uint64_t, std::uint64_t) override { return wsgi::ok(); }
  bool aborted() const override { return false; }
  std::size_t sent = 0;
};

using wsgi::Atom;

const std::vector<wsgi::EnvVar> kVariables = {
    {Atom::REQUEST_METHOD, {}, "GET"},
    {Atom::SCRIPT_NAME, {}, ""},
    {Atom::PATH_INFO, {}, "/"},
    {Atom::QUERY_STRING, {}, ""},
    {Atom::REQUEST_URI, {}, "/"},
    {Atom::SERVER_NAME, {}, "www.example.org"},
    {Atom::SERVER_PORT, {}, "443"},
    {Atom::SERVER_PROTOCOL, {}, "HTTP/1.1"},
    {Atom::SERVER_SOFTWARE, {}, "Apache/2.4.71 (Debian)"},
    {Atom::SERVER_ADDR, {}, "192.0.2.1"},
    {Atom::SERVER_ADMIN, {}, "webmaster@example.org"},
    {Atom::REMOTE_ADDR, {}, "198.51.100.7"},
    {Atom::REMOTE_PORT, {}, "51234"},
    {Atom::DOCUMENT_ROOT, {}, "/var/www/html"},
    {Atom::CONTEXT_DOCUMENT_ROOT, {}, "/var/www/html"},
    {Atom::CONTEXT_PREFIX, {}, ""},
    {Atom::REQUEST_SCHEME, {}, "https"},
    {Atom::SCRIPT_FILENAME, {}, "/srv/site/app.wsgi"},
    {Atom::HTTP_HOST, {}, "www.example.org"},
    {Atom::HTTP_USER_AGENT, {}, "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101"},
    {Atom::HTTP_ACCEPT, {}, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    {Atom::HTTP_ACCEPT_ENCODING, {}, "gzip, deflate, br"},
    {Atom::HTTP_ACCEPT_LANGUAGE, {}, "en-GB,en;q=0.5"},
    {Atom::HTTP_CONNECTION, {}, "keep-alive"},
    {Atom::none, "mod_wsgi.process_group", ""},
    {Atom::none, "mod_wsgi.application_group", ""},
    {Atom::none, "mod_wsgi.callable_object", "application"},
    {Atom::none, "mod_wsgi.request_handler", "wsgi-script"},
    {Atom::none, "mod_wsgi.handler_script", ""},
    {Atom::none, "mod_wsgi.script_name", ""},
    {Atom::none, "mod_wsgi.path_info", "/"},
    {Atom::none, "mod_wsgi.listener_host", ""},
    {Atom::none, "mod_wsgi.listener_port", "443"}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: engine-hello SCRIPT COUNT\n");
    return 2;
  }
  wsgi::test::ListLog log(wsgi::Level::error);
  auto engine = wsgi::engine::Engine::start({}, log);
  if (!engine) {
    std::fprintf(stderr, "%s\n", describe(engine.error()).c_str());
    return 1;
  }
  wsgi::RequestHead head;
  head.variables = kVariables;
  head.target = {argv[1], "application", "", "", argv[1]};
  head.request_id = "ZzYyXxWwVvUuTtSsRr";
  head.server_pid = 4711;
  head.content_length = 0;
  NullSink sink;
  wsgi::test::MemoryBody body;
  const int count = std::atoi(argv[2]);
  auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    if ((*engine)->run(head, body, sink, log).code != wsgi::OutcomeCode::ok) {
      std::fprintf(stderr, "%s", log.text().c_str());
      return 1;
    }
  }
  std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begun;
  std::printf("%.2f us a request, %zu bytes\n", spent.count() / count, sink.sent);
  (*engine)->finish();
  return 0;
}
