// SPDX-License-Identifier: Apache-2.0
// A copy of Apache's scoreboard for mod_wsgi.server_metrics(). Any thread of a child, and a
// supervisor; takes no lock, so values of one worker may be of different moments.
#pragma once

#include <string>

namespace wsgi::apache {

// A config::Scoreboard, encoded; empty if there is no scoreboard.
std::string encoded_scoreboard();

}  // namespace wsgi::apache
