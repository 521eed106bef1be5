// SPDX-License-Identifier: Apache-2.0
// Log levels with httpd's numbers (APLOG_*), so that a level crosses every boundary unchanged.
#pragma once

#include <cstdint>

namespace wsgi {

enum class Level : std::uint8_t {
  emerg = 0,
  alert,
  crit,
  error,
  warning,
  notice,
  info,
  debug,
  trace1,
  trace2,
  trace3,
  trace4,
  trace5,
  trace6,
  trace7,
  trace8,
};

}  // namespace wsgi
