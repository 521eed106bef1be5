// SPDX-License-Identifier: Apache-2.0
#include "engine/served.h"

#include "base/clock.h"
#include "engine/request_events.h"

namespace wsgi::engine {
namespace {

std::uint64_t between(std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; }

}  // namespace

Served served_of(const Request& request, OutcomeCode code, std::uint64_t started_ns) {
  const Meter& meter = request.meter;
  const Timings& times = request.head.timings;
  Served served;
  served.status = status_of(request, code);
  served.started_ns = started_ns;
  served.ended_ns = mono_ns();
  served.in = request.body.bytes();
  served.reads = request.body.reads();
  served.out = request.response.bytes();
  served.writes = request.response.blocks();
  served.gil_count = meter.gil_count;
  const auto phase = [&](Phase which) -> std::uint64_t& {
    return served.phases_us[static_cast<std::size_t>(which)];
  };
  const std::uint64_t now = wall_us();
  const std::uint64_t called = request.called ? request.application_us : now;
  if (times.daemon_us != 0) {
    phase(Phase::server) = between(times.request_us, times.queue_us);
    phase(Phase::queue) = between(times.queue_us, times.daemon_us);
    phase(Phase::daemon) = between(times.daemon_us, called);
  } else {
    phase(Phase::server) = between(times.request_us, called);
  }
  phase(Phase::application) = between(called, now);
  phase(Phase::request) =
      phase(Phase::server) + phase(Phase::queue) + phase(Phase::daemon) + phase(Phase::application);
  phase(Phase::gil_wait) = meter.gil_ns / 1000;
  phase(Phase::input_read) = meter.input_ns / 1000;
  phase(Phase::output_write) = meter.output_ns / 1000;
  if (meter.on) {
    CpuTime cpu = cpu_time(meter, static_cast<double>(served.ended_ns - started_ns) / 1e9);
    served.cpu_ns = static_cast<std::uint64_t>((cpu.user + cpu.system) * 1e9);
  }
  return served;
}

}  // namespace wsgi::engine
