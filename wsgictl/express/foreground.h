// SPDX-License-Identifier: Apache-2.0
// Running a private Apache in the foreground: its output goes to the terminal, signals are passed
// on, its end is waited for. It has a process group of its own, so that Ctrl-C and the resizing of
// a window (SIGWINCH would stop it gracefully) reach it only through us; if we are killed, the
// kernel ends it. Uses signalfd; for the main thread of a program that does nothing else.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apply/health.h"
#include "sys/files.h"

namespace wsgictl::express {

struct Ended {
  int status = 0;         // exit status, or 128 + signal
  bool answered = false;  // it was ready before
  bool asked_to_end = false;
};

// Starts ARGV and asks FIRST until any answer comes; then calls ON_READY with its status. Returns
// when the server has ended. SIGTERM and SIGINT end it, SIGHUP and SIGUSR1 are passed on.
sys::Result<Ended> run_in_foreground(const std::vector<std::string>& argv,
                                     const plan::HealthTarget& first,
                                     const std::function<void(int status)>& on_ready);

}  // namespace wsgictl::express
