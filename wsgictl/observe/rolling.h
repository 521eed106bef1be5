// SPDX-License-Identifier: Apache-2.0
// Replacing the processes of one group of a running Apache one after another: SIGUSR1, then waiting
// until the slot has a new process that is ready. Requests go on meanwhile. Only processes that run
// a daemon's executable, descend from Apache and hold the group's page are signalled: the process
// ids in a page are the application's to forge. Blocks. Source: runtime.md 7.3; daemon-ipc.md 3.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "observe/pages.h"
#include "sys/clock.h"

namespace wsgictl::observe {

struct Replaced {
  std::size_t slot = 0;
  pid_t before = 0, after = 0;
};

enum class RollEnd {
  done,           // each process that was ready has a successor
  reloaded,       // Apache was reloaded meanwhile: all its processes are new
  nobody,         // no process of the group is ready
  not_permitted,  // this user may not look into or signal them
  failed,         // a replacement did not start; the old process serves on
  late,           // a replacement was not ready in time
};

struct Roll {
  RollEnd end = RollEnd::done;
  std::vector<Replaced> replaced;
  std::vector<std::size_t> skipped;  // slots without a ready process
  std::size_t slot = 0;              // where it ended, unless done
};

// TIMEOUT is for each process. PAGE is the newest of its group.
Roll roll(const OpenPage& page, std::chrono::milliseconds timeout, sys::Clock& clock);

}  // namespace wsgictl::observe
