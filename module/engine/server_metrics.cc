// SPDX-License-Identifier: Apache-2.0
#include "engine/server_metrics.h"

#include "base/clock.h"
#include "engine/dict.h"

namespace wsgi::engine {
namespace {

// In the order of Apache's SERVER_* numbers.
constexpr std::string_view kStatus = ".S_RWKLDCGI";

py::Ref seconds(std::uint64_t us) { return value(static_cast<double>(us) / 1e6); }
std::uint64_t wide(std::uint32_t number) { return number; }

py::Ref worker_dict(const config::ScoreWorker& worker) {
  const char status = worker.status < kStatus.size() ? kStatus[worker.status] : '?';
  Dict to;
  to.put("thread_num", wide(worker.number))
      .put("generation", wide(worker.generation))
      .put("access_count", worker.access_count)
      .put("bytes_served", worker.bytes_served)
      .add("status", py::text({&status, 1}))
      .add("start_time", seconds(worker.start_us))
      .add("stop_time", seconds(worker.stop_us))
      .add("last_used", seconds(worker.last_used_us))
      .add("client", py::text(worker.client))
      .add("request", py::text(worker.request))
      .add("vhost", py::text(worker.vhost));
  return to.take();
}

}  // namespace

py::Ref server_metrics_of(const config::Scoreboard& board) {
  const std::uint64_t now = wall_us();
  const std::uint64_t running = now > board.restart_us ? (now - board.restart_us) / 1'000'000 : 0;
  std::uint64_t number = 0;
  Dict to;
  to.put("server_limit", wide(board.server_limit))
      .put("thread_limit", wide(board.thread_limit))
      .put("running_generation", wide(board.running_generation))
      .add("restart_time", seconds(board.restart_us))
      .add("current_time", seconds(now))
      .put("running_time", running)
      .add("processes", list_of(board.processes, [&](const config::ScoreProcess& process) {
             Dict one;
             one.put("process_num", number++)
                 .add("pid", py::steal(PyLong_FromLongLong(process.pid)))
                 .put("generation", wide(process.generation))
                 .add("quiescing", py::steal(PyBool_FromLong(process.quiescing)))
                 .add("workers", list_of(process.workers, worker_dict));
             return one.take();
           }));
  return to.take();
}

}  // namespace wsgi::engine
