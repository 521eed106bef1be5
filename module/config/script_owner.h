// SPDX-License-Identifier: Apache-2.0
// script-user and script-group: whose scripts a process group may run. The ids are looked up once
// in a child; each request then costs two stat calls, and none where neither option is given. Any
// thread. Source: directives.md, section 5.5; runtime.md, section 6.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/settings.h"

namespace wsgi::config {

struct ScriptOwner {
  std::optional<std::uint32_t> user, group;  // at most one
  bool any() const { return user || group; }
};

// The accounts that the options name; nobody's if they have vanished since the configuration was
// read, so that the rule fails closed. Blocks in the name service.
ScriptOwner script_owner(const DaemonOptions& options);

// To be asked if any(): does the file, and the folder it is in, belong to the owner, and may no
// other write to them (with script-group: none outside the group)? Fail id: req_script_owner.
Status check_script_owner(const ScriptOwner& owner, const std::string& file);

}  // namespace wsgi::config
