// SPDX-License-Identifier: Apache-2.0
// Running a program to its end: an argument list, never a shell; a deadline; output captured. The
// program gets its own process group, /dev/null as input and the locale C.UTF-8. Blocks.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sys/files.h"

namespace wsgictl::sys {

struct ProcessResult {
  int status = 0;  // exit status, or 128 + the signal that ended it
  bool timed_out = false;
  std::string output;  // of standard output
  std::string errors;  // of standard error

  bool good() const { return status == 0 && !timed_out; }
};

// ARGV[0] is looked up in PATH unless it has a slash. Fails only if the program cannot be started.
// What a program leaves running (a server that goes into the background) does not hold this up.
Result<ProcessResult> run_process(const std::vector<std::string>& argv,
                                  std::chrono::milliseconds deadline);

}  // namespace wsgictl::sys
