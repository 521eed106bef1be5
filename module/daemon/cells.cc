// SPDX-License-Identifier: Apache-2.0
// Writing the records. Only the path is kept, never the query: it may hold secrets.
#include "daemon/cells.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace wsgi::daemon {

void Cells::begin(std::uint32_t worker, const RequestHead& head, std::uint64_t now_us) const {
  const std::uint64_t since = head.timings.queue_us ? head.timings.queue_us : now_us;
  transport::count_time(page_.slot(occupant_.slot).queue_time, now_us > since ? now_us - since : 0);
  if (worker >= page_.shape().cells()) return;
  transport::Cell& cell = page_.cell(occupant_.slot, occupant_.generation, worker);
  for (const EnvVar& var : head.variables) {
    if (var.atom == Atom::REQUEST_METHOD) transport::store_text(cell.method, var.value);
    if (var.atom == Atom::REQUEST_URI) {
      transport::store_text(cell.path, var.value.substr(0, var.value.find('?')));
    }
  }
  cell.thread.store(worker, std::memory_order_relaxed);
  cell.started_us.store(now_us, std::memory_order_release);
}

void Cells::end(std::uint32_t worker, const Outcome& outcome, std::uint64_t took_us) const {
  constexpr auto relaxed = std::memory_order_relaxed;
  transport::Slot& slot = page_.slot(occupant_.slot);
  auto& counts = slot.counts;
  counts.served.fetch_add(1, relaxed);
  if (outcome.code != OutcomeCode::ok) counts.failed.fetch_add(1, relaxed);
  counts.busy_us.fetch_add(took_us, relaxed);
  counts.bytes_in.fetch_add(outcome.in, relaxed);
  counts.bytes_out.fetch_add(outcome.out, relaxed);
  transport::count_time(slot.request_time, took_us);
  if (worker >= page_.shape().cells()) return;
  transport::Cell& cell = page_.cell(occupant_.slot, occupant_.generation, worker);
  cell.count.fetch_add(1, relaxed);
  cell.busy_us.fetch_add(took_us, relaxed);
  cell.started_us.store(0, std::memory_order_release);
}

}  // namespace wsgi::daemon
