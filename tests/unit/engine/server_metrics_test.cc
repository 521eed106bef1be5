// SPDX-License-Identifier: Apache-2.0
// server_metrics() over a scoreboard that no Apache has: a status that nobody knows, bytes that are
// not UTF-8, a process that ends. python-api.md 7.4.
#include "config/codec.h"
#include "config/scoreboard.h"
#include "support/engine_fixture.h"

namespace wsgi::test {
namespace {

std::string board() {
  config::Scoreboard all;
  all.processes.resize(2);
  all.processes[1].quiescing = true;
  for (unsigned status : {0, 2, 10, 11, 255}) {
    config::ScoreWorker worker;
    worker.status = static_cast<std::uint8_t>(status);
    worker.client = "\xe9";
    all.processes[1].workers.push_back(worker);
  }
  return config::encode(all);
}

// Before the engine of this program starts.
const bool g_set = (Python::get().options.scoreboard = board, true);

using ServerMetricsTest = EngineTest;

TEST_F(ServerMetricsTest, UnknownStatesAndForeignBytes) {
  ASSERT_TRUE(g_set);
  auto x = serve(R"(
import mod_wsgi
def application(environ, start_response):
    start_response('200 OK', [])
    none, one = mod_wsgi.server_metrics()['processes']
    return [repr((none['workers'], none['quiescing'], one['quiescing'], one['process_num'],
                  ''.join(w['status'] for w in one['workers']),
                  {w['client'] for w in one['workers']} == {chr(0xe9)})).encode()]
)");
  EXPECT_EQ(x->sink.body(),
            "([], False, True, 1, '._I?"
            "?', True)")
      << x->log.text();
}

}  // namespace
}  // namespace wsgi::test
