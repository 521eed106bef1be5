// SPDX-License-Identifier: Apache-2.0
// Numbers of one occupant on the group page: flight records of its workers, counters and histograms
// of its slot. Each worker writes its own record; counters are added atomically. No call blocks.
// Source: daemon-ipc.md, section 2.
#pragma once

#include "base/exchange.h"
#include "transport/page.h"
#include "transport/permits.h"

namespace wsgi::daemon {

class Cells {
 public:
  Cells(const transport::Page& page, const transport::Permit& occupant)
      : page_(page), occupant_(occupant) {}

  // A request begins in this worker. now_us: microseconds since the epoch.
  void begin(std::uint32_t worker, const RequestHead& head, std::uint64_t now_us) const;
  void end(std::uint32_t worker, const Outcome& outcome, std::uint64_t took_us) const;

 private:
  const transport::Page& page_;
  const transport::Permit occupant_;
};

}  // namespace wsgi::daemon
