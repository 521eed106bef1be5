// SPDX-License-Identifier: Apache-2.0
// Apache's scoreboard as plain data, on its way from the module to mod_wsgi.server_metrics();
// crosses the C table encoded by codec.h. Times are microseconds since the epoch. Source:
// python-api.md 7.4.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wsgi::config {

struct ScoreWorker {
  std::uint32_t number = 0, generation = 0;
  std::uint64_t access_count = 0, bytes_served = 0;
  std::uint8_t status = 0;  // Apache's SERVER_*
  std::uint64_t start_us = 0, stop_us = 0, last_used_us = 0;
  std::string client, request, vhost;  // latin-1
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.number), f(s.generation), f(s.access_count), f(s.bytes_served), f(s.status);
    f(s.start_us), f(s.stop_us), f(s.last_used_us), f(s.client), f(s.request), f(s.vhost);
  }
};

struct ScoreProcess {
  std::int64_t pid = 0;
  std::uint32_t generation = 0;
  bool quiescing = false;
  std::vector<ScoreWorker> workers;
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.pid), f(s.generation), f(s.quiescing), f(s.workers);
  }
};

struct Scoreboard {
  std::uint32_t server_limit = 0, thread_limit = 0, running_generation = 0;
  std::uint64_t restart_us = 0;
  std::vector<ScoreProcess> processes;  // one for each slot, used or not
  template <typename Self, typename F>
  static void fields(Self& s, F&& f) {
    f(s.server_limit), f(s.thread_limit), f(s.running_generation), f(s.restart_us), f(s.processes);
  }
};

}  // namespace wsgi::config
