// SPDX-License-Identifier: Apache-2.0
#include "apache/scoreboard.h"

#include <cstring>

#include "apache/httpd_api.h"
#include "config/codec.h"
#include "config/scoreboard.h"

namespace wsgi::apache {
namespace {

// Other processes write it meanwhile: it may lack its end for a moment.
template <std::size_t N>
std::string text(const char (&field)[N]) {
  return {field, ::strnlen(field, N)};
}

std::uint64_t stamp(apr_time_t time) { return time > 0 ? static_cast<std::uint64_t>(time) : 0; }

config::ScoreWorker worker_of(int process, int thread) {
  worker_score score{};
  ap_copy_scoreboard_worker(&score, process, thread);
  config::ScoreWorker worker;
  worker.number = static_cast<std::uint32_t>(thread);
  worker.generation = static_cast<std::uint32_t>(score.generation);
  worker.access_count = score.access_count;
  worker.bytes_served = static_cast<std::uint64_t>(score.bytes_served);
  worker.status = score.status;
  worker.start_us = stamp(score.start_time);
  worker.stop_us = stamp(score.stop_time);
  worker.last_used_us = stamp(score.last_used);
  worker.client = text(score.client64);
  worker.request = text(score.request);
  worker.vhost = text(score.vhost);
  return worker;
}

}  // namespace

std::string encoded_scoreboard() {
  if (!ap_exists_scoreboard_image()) return {};
  const global_score& global = *ap_get_scoreboard_global();
  config::Scoreboard all;
  all.server_limit = static_cast<std::uint32_t>(global.server_limit);
  all.thread_limit = static_cast<std::uint32_t>(global.thread_limit);
  all.running_generation = static_cast<std::uint32_t>(global.running_generation);
  all.restart_us = stamp(global.restart_time);
  for (int i = 0; i < global.server_limit; ++i) {
    const process_score& score = *ap_get_scoreboard_process(i);
    config::ScoreProcess process;
    process.pid = score.pid;
    process.generation = static_cast<std::uint32_t>(score.generation);
    process.quiescing = score.quiescing != 0;
    for (int j = 0; j < global.thread_limit; ++j) process.workers.push_back(worker_of(i, j));
    all.processes.push_back(std::move(process));
  }
  return config::encode(all);
}

}  // namespace wsgi::apache
