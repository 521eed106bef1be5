// SPDX-License-Identifier: Apache-2.0
// What apply and rollback have in common: the lock, recovery of a killed run, running a plan, and
// turning the outcome into messages, JSON and an exit code. Lives on the command's stack.
#pragma once

#include <optional>
#include <string>

#include "apply/transaction.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/target.h"

namespace wsgictl::cli {

struct ActOptions {
  std::string instance;
  bool dry_run = false;
  bool start = false;
  bool take_over = false;
  int lock_timeout = 10;  // seconds
};

void add_act_options(Command& command, ActOptions& options);

// One changing command. begin() comes first; if it returns a code, the command ends with it.
class Acting {
 public:
  Acting(Context& context, const Target& target, const char* command, const ActOptions& options);

  // Makes the state folder, takes the lock and recovers.
  std::optional<int> begin();
  // Runs PLAN, or says that there is nothing to do; reports and stores the exit code.
  void run(const plan::Plan& plan);

  host::Server& server() { return server_; }
  plan::Store& store() { return store_; }

 private:
  int failed(const char* code, const sys::Fail& fail);
  int code_of(const apply::Outcome& outcome);
  void tell(const char* code, const std::string& text, std::string hint = "");

  Context& context_;
  const char* command_;
  const ActOptions& options_;
  host::ApacheServer server_;
  plan::Store store_;
  apply::HttpProber prober_;
  apply::World world_;
  sys::LockHolder who_;
  std::optional<sys::Lock> lock_;
  std::string details_;  // what does not fit on the line of a diagnostic: Apache's own lines
};

}  // namespace wsgictl::cli
