// SPDX-License-Identifier: Apache-2.0
// Exit codes: part of the public interface. Source: wsgictl-conventions, section 2.
#pragma once

namespace wsgictl::cli {

enum ExitCode : int {
  kDone = 0,            // or nothing to do, or valid
  kNo = 1,              // definition invalid, check failed, application not healthy
  kUsage = 2,           // unknown command or option, bad argument
  kChanges = 3,         // plan --exit-code, drift: there are changes
  kRefused = 4,         // preflight or rehearsal failed, nothing was changed
  kRolledBack = 5,      // apply failed, the old configuration is live
  kRollbackFailed = 6,  // apply failed and rollback failed too
  kLocked = 7,          // lock held by someone else
  kNotPermitted = 8,    // needs root, or cannot read a file
  kBug = 70,            // a bug in wsgictl
};

}  // namespace wsgictl::cli
