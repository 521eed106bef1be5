// SPDX-License-Identifier: Apache-2.0
// Apache's scoreboard for mod_wsgi.server_metrics() in a daemon: asks the supervisor, which has it
// mapped. read() is for threads of the application, which have let go of the GIL; arrived() for the
// thread that reads control messages. Source: daemon-ipc.md, section 8 (SCORE, SCORED).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/fd.h"

namespace wsgi::daemon {

class Scores {
 public:
  // A config::Scoreboard, encoded. Blocks for the answer, at most a second; "" without one: there
  // is no supervisor for the moment, or no scoreboard. Those who ask at once share an answer.
  std::string read();
  // From now on somebody calls arrived(); before, read() returns at once.
  void open() { open_ = true; }
  // SCORED with its descriptor; none counts as an empty answer.
  void arrived(Fd board);

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> open_{false};
  bool asked_ = false;
  std::uint64_t answers_ = 0;
  std::string board_;
};

}  // namespace wsgi::daemon
