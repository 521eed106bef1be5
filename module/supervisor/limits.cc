// SPDX-License-Identifier: Apache-2.0
#include "supervisor/limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace wsgi::supervisor {
namespace {

using Resource = decltype(RLIMIT_CPU);

void lower(Resource resource, std::uint64_t soft, std::uint64_t hard, const char* option,
           const Warn& warn) {
  rlimit now{};
  int error = 0;
  if (::getrlimit(resource, &now) != 0) {
    error = errno;
  } else {
    const rlim_t most = now.rlim_max;
    rlimit wanted{std::min<rlim_t>(soft, most), std::min<rlim_t>(hard, most)};
    if (::setrlimit(resource, &wanted) != 0) error = errno;
  }
  if (error != 0) {
    warn(ErrorId::limit_set, std::string(option) + "=" + std::to_string(soft) + " could not be set",
         error);
  }
}

}  // namespace

void set_priority(const config::DaemonOptions& options, const Warn& warn) {
  if (!options.has_cpu_priority) return;
  if (::setpriority(PRIO_PROCESS, 0, options.cpu_priority) != 0) {
    const int error = errno;
    warn(ErrorId::cpu_priority,
         "cpu-priority=" + std::to_string(options.cpu_priority) + " could not be set", error);
  }
}

void set_limits(const config::DaemonOptions& options, const Warn& warn) {
  if (options.cpu_time_limit != 0) {
    // SIGXCPU at the soft limit begins a graceful end; the hard one is SIGKILL.
    const std::uint64_t soft = options.cpu_time_limit;
    lower(RLIMIT_CPU, soft, soft + 1 + options.shutdown_timeout, "cpu-time-limit", warn);
  }
  const std::uint64_t data = options.memory_limit;
  if (data != 0) lower(RLIMIT_DATA, data, data, "memory-limit", warn);
  const std::uint64_t space = options.virtual_memory_limit;
  if (space != 0) lower(RLIMIT_AS, space, space, "virtual-memory-limit", warn);
}

void set_open_files(std::uint64_t soft, const Warn& warn) {
  rlimit now{};
  if (soft == 0 || (::getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur <= soft)) return;
  now.rlim_cur = soft;
  if (::setrlimit(RLIMIT_NOFILE, &now) != 0) {
    warn(ErrorId::limit_set, "the descriptor limit could not be set", errno);
  }
}

}  // namespace wsgi::supervisor
