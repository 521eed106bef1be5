// SPDX-License-Identifier: Apache-2.0
#include "engine/metrics_api.h"

#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "config/codec.h"
#include "engine/dict.h"
#include "engine/metrics.h"
#include "engine/server_metrics.h"
#include "python/attach.h"
#include "python/module.h"

namespace wsgi::engine {
namespace {

constexpr const char* kPhaseNames[kPhases] = {"server",  "queue",    "daemon",     "application",
                                              "request", "gil_wait", "input_read", "output_write"};

double seconds(std::uint64_t us) { return static_cast<double>(us) / 1e6; }
double nano(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

State& state_of(PyObject* module) { return engine::state_of(python::interpreter_of(module)); }

// Are there numbers at all? Not before recording, and never without request threads.
bool available(const State& state) {
  return state.metrics.on() && state.options.threads_per_process != 0;
}

std::uint64_t resident_bytes() {
  unsigned long long pages = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%*u %llu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void add_memory(Dict& to) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  to.put("memory_rss", resident_bytes());
  to.put("memory_max_rss", static_cast<std::uint64_t>(used.ru_maxrss) * 1024);
}

void add_phase(Dict& to, const char* name, const PhaseSum& sum, bool exists) {
  const std::string time = std::string(name) + "_time";
  const auto none = [] { return py::steal(py::none()); };
  if (!exists) {
    to.add(time, none()).add(time + "_min_us", none()).add(time + "_max_us", none());
    to.add(time + "_buckets", none());
    return;
  }
  const bool any = sum.count != 0;
  to.put(time, any ? seconds(sum.total_us) / static_cast<double>(sum.count) : 0.0);
  to.add(time + "_min_us", any ? value(sum.min_us) : none());
  to.add(time + "_max_us", any ? value(sum.max_us) : none());
  to.add(time + "_buckets", list_of(sum.buckets, [](std::uint64_t n) { return value(n); }));
}

void add_workers(Dict& to, const Interval& past, double period) {
  std::uint64_t active = 0;
  double busy = 0;
  for (const WorkerSum& worker : past.workers) {
    active += worker.active ? 1 : 0;
    busy += nano(worker.busy_ns);
  }
  const auto maximum = static_cast<std::uint64_t>(past.workers.size());
  to.put("request_threads_maximum", maximum)
      .put("request_threads_started", static_cast<std::uint64_t>(past.started))
      .put("request_threads_active", active)
      .put("capacity_utilization", busy / (period * static_cast<double>(maximum)));
  const auto add = [&](const char* key, auto member) {
    to.add(key, list_of(past.workers, [&](const WorkerSum& worker) { return member(worker); }));
  };
  const auto completed = [](const WorkerSum& w) { return value(w.completed); };
  add("request_threads_completed", completed);
  add("request_threads_buckets", completed);
  add("request_threads_busy_time", [](const WorkerSum& w) { return value(nano(w.busy_ns)); });
  add("request_threads_cpu_time", [](const WorkerSum& w) { return value(nano(w.cpu_ns)); });
  add("request_threads_current_elapsed",
      [](const WorkerSum& w) { return value(nano(w.elapsed_ns)); });
  add("request_threads_max_duration", [](const WorkerSum& w) { return value(nano(w.longest_ns)); });
}

void add_requests(Dict& to, const Interval& past, double period) {
  to.put("request_count", past.count)
      .put("request_throughput", static_cast<double>(past.count) / period);
  for (std::size_t i = 0; i < past.statuses.size(); ++i) {
    to.put("status_" + std::to_string(i + 1) + "xx", past.statuses[i]);
  }
  to.put("input_bytes", past.in)
      .put("input_reads", past.reads)
      .put("output_bytes", past.out)
      .put("output_writes", past.writes)
      .put("gil_wait_count", past.gil_count);
}

PyObject* request_metrics(PyObject* module, PyObject*) {
  State& state = state_of(module);
  if (!available(state)) return py::none();
  const Interval past = state.metrics.drain();
  const double period = nano(past.stop_ns - past.start_ns);
  const double user = seconds(past.cpu_user_us) / period;
  const double system = seconds(past.cpu_system_us) / period;
  Dict to;
  to.put("pid", static_cast<std::uint64_t>(::getpid()))
      .put("start_time", seconds(past.start_us))
      .put("stop_time", seconds(past.stop_us))
      .put("sample_period", period);
  for (const char* kind : {"_utilization", "_time"}) {
    to.put(std::string("cpu_user") + kind, user)
        .put(std::string("cpu_system") + kind, system)
        .put(std::string("cpu") + kind, user + system);
  }
  add_memory(to);
  add_workers(to, past, period);
  add_requests(to, past, period);
  const bool daemon = !state.options.process_group.empty();
  for (std::size_t i = 0; i < kPhases; ++i) {
    const auto phase = static_cast<Phase>(i);
    bool exists = daemon || (phase != Phase::queue && phase != Phase::daemon);
    add_phase(to, kPhaseNames[i], past.phases[i], exists);
  }
  return to.release();
}

PyObject* process_metrics(PyObject* module, PyObject*) {
  State& state = state_of(module);
  if (!available(state)) return py::none();
  const Metrics::Totals all = state.metrics.totals();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto time = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  const std::uint64_t now = wall_us();
  Dict to;
  to.put("pid", static_cast<std::uint64_t>(::getpid()))
      .put("request_busy_time", nano(all.busy_ns))
      .put("request_count", all.count)
      .put("cpu_user_time", time(used.ru_utime))
      .put("cpu_system_time", time(used.ru_stime))
      .put("cpu_time", time(used.ru_utime) + time(used.ru_stime))
      .put("restart_time", seconds(all.born_us))
      .put("current_time", seconds(now))
      .put("running_time", now > all.born_us ? (now - all.born_us) / 1'000'000 : std::uint64_t{0})
      .put("request_threads", static_cast<std::uint64_t>(all.threads.size()))
      .put("active_requests", all.active);
  add_memory(to);
  to.add("threads", list_of(all.threads, [](const Metrics::Thread& thread) {
           Dict one;
           one.put("thread_id", std::uint64_t{thread.id}).put("request_count", thread.count);
           return one.take();
         }));
  return to.release();
}

PyObject* server_metrics(PyObject* module, PyObject*) {
  const auto& read = state_of(module).options.scoreboard;
  if (!read) return py::none();
  std::string bytes;
  {
    python::Detached detached;  // a daemon waits for its supervisor
    bytes = read();
  }
  if (bytes.empty()) return py::none();
  auto board = config::decode<config::Scoreboard>(bytes);
  return board ? server_metrics_of(*board).release() : py::none();
}

PyObject* start_recording(PyObject* module, PyObject*) {
  state_of(module).metrics.start();
  return py::none();
}

}  // namespace

bool add_metrics_functions(PyObject* module) {
  static PyMethodDef functions[] = {{"start_recording_metrics", py::method<start_recording>(),
                                     METH_NOARGS, "Begins to record; at the first call."},
                                    {"request_metrics", py::method<request_metrics>(), METH_NOARGS,
                                     "The requests of this process since the last call, or None."},
                                    {"process_metrics", py::method<process_metrics>(), METH_NOARGS,
                                     "This process since its start, or None."},
                                    {"server_metrics", py::method<server_metrics>(), METH_NOARGS,
                                     "Apache's scoreboard, or None."},
                                    {nullptr, nullptr, 0, nullptr}};
  return PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace wsgi::engine
