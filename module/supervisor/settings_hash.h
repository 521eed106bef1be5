// SPDX-License-Identifier: Apache-2.0
// The fingerprint of a group: two with one hash run the same way, so that a new generation's
// children may use the old one's processes until its own are ready. Pure but for one fstat.
// Source: daemon-ipc.md, section 2.
#pragma once

#include "supervisor/group.h"

namespace wsgi::supervisor {

// Over options, Python settings and the identity of the runtime's file.
transport::SettingsHash settings_hash(const GroupSettings& settings);

}  // namespace wsgi::supervisor
