// SPDX-License-Identifier: Apache-2.0
// Applying a plan so that the host ends with the new configuration live and healthy, or exactly as
// it was: stage, write, configuration test, reload, verify, commit. From the first write on, any
// failure puts the old files back, reloads and looks again. The caller holds the lock. Blocks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apply/health.h"
#include "apply/journal.h"
#include "host/server.h"
#include "plan/plan.h"
#include "sys/clock.h"
#include "sys/lock.h"

namespace wsgictl::apply {

enum class Verdict {
  done,
  refused,          // failed before the first write
  rolled_back,      // failed, the old configuration is live
  rollback_failed,  // failed, and so did putting it back
  not_permitted,    // before the first write, for lack of permission
};

struct StepReport {
  std::string name;  // stage, write, configtest, reload, verify, commit, rollback
  bool good = true;
  std::string text;
};

struct Outcome {
  Verdict verdict = Verdict::done;
  std::vector<StepReport> steps;
  std::string failure;           // what went wrong, with Apache's own words
  std::string rollback_failure;  // and what went wrong after that
  std::string grave_lines;       // crit and above in the error log since the reload
};

// What a transaction acts on; all of it outlives the transaction.
struct World {
  sys::Files& files;
  host::Server& server;
  Prober& prober;
  sys::Clock& clock;
  plan::Store& store;
  std::string root;
  std::function<void(const StepReport&)> progress;  // called after each step
};

struct Request {
  const plan::Plan& plan;
  sys::LockHolder who;
  bool start = false;  // start a stopped server
};

Outcome apply(World& world, const Request& request);

// Undoes (or, where it had been committed, finishes) what a killed run left. Returns a sentence
// about it, "" if there was nothing.
sys::Result<std::string> recover(World& world, const sys::LockHolder& who);

}  // namespace wsgictl::apply
