// SPDX-License-Identifier: Apache-2.0
// Log of the process: records go over the control socket to the supervisor, which logs them for the
// server that declared the group. Any thread; blocks while the supervisor's queue is full. Without
// a supervisor records go to descriptor 2.
#pragma once

#include "base/log.h"

namespace wsgi::daemon {

class DaemonLog final : public Log {
 public:
  DaemonLog(int control, Level most) : control_(control), most_(most) {}
  void set_level(Level most) { most_ = most; }
  bool enabled(Level level) const override { return level <= most_; }
  void write(Level level, LogStream stream, std::string_view text) override {
    write_from({}, level, stream, text);
  }
  void write_from(const Place& place, Level level, LogStream stream,
                  std::string_view text) override;

 private:
  const int control_;
  Level most_;
};

}  // namespace wsgi::daemon
