// SPDX-License-Identifier: Apache-2.0
// The rim: the process's streams and exit code. Everything else is in cli/run.
#include <unistd.h>

#include <iostream>

#include "cli/run.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  wsgictl::cli::Streams streams{std::cin,       std::cout,      std::cerr,
                                isatty(0) == 1, isatty(1) == 1, isatty(2) == 1};
  return wsgictl::cli::run(argc, argv, streams);
}
