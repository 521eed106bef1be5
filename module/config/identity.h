// SPDX-License-Identifier: Apache-2.0
// Accounts of a process group, from the user and group database. Names given are looked up when the
// directive is read, so that the message has its line; the rest is known only when the whole
// configuration was read, because User and Group may come later in the file. Main thread; blocks in
// the name service.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "config/settings.h"

namespace wsgi::config {

// What Apache itself will be.
struct ServerIdentity {
  bool root = false;  // started as root: only then identities are applied
  std::uint32_t uid = 0, gid = 0;
  std::string user_name;  // of User, as Apache resolved it
};

// Do all accounts that the options name exist, and is none of them root where it must not be?
Status check_accounts(const DaemonOptions& options);

// Fills uid, gid, groups, user_name, user_home and has_identity.
Status resolve_identity(DaemonOptions& options, const ServerIdentity& server);

}  // namespace wsgi::config
