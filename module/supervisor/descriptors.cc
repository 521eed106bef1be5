// SPDX-License-Identifier: Apache-2.0
#include "supervisor/descriptors.h"

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>

namespace wsgi::supervisor {
namespace {

// What comes and goes: logs being opened again, a daemon being started (its record, its ends of
// socket and pipe, all of it a second time before exec), epoll set and signals of a supervisor.
constexpr std::uint64_t kSpare = 32;
constexpr std::uint64_t kForThread = 6;
constexpr std::uint64_t kStep = 64;  // of the limit: the next reload may find a few more open

std::string text(std::uint64_t number) { return std::to_string(number); }

}  // namespace

DescriptorNeed count_descriptors(const DescriptorUse& use) {
  const std::uint64_t own = held_by_parent(use.groups, use.slots);
  // A supervisor closes what is of other generations.
  const std::uint64_t base = use.open - std::min(use.living, use.open);
  const std::uint64_t parent = use.open + own + kSpare;
  const std::uint64_t supervisor = base + 5 * use.slots + 2 * use.groups + 2 + kSpare;
  const std::uint64_t child =
      use.open + use.slots + 2 * use.groups + 2 + kForThread * use.child_threads + kSpare;
  const std::string generation = " + 2 x " + text(use.groups) + " groups + 2 + " + text(kSpare);
  DescriptorNeed need;
  need.now = std::max({parent, supervisor, child});
  const std::uint64_t before = std::min(use.living, own);  // counted in `open` already
  need.and_reload = std::max({parent + own - before, supervisor, child + own - before});
  const std::string slots = " x " + text(use.slots) + " processes";
  if (need.now == supervisor) {
    need.arithmetic = "a supervisor: " + text(base) + " open + 5" + slots + generation;
  } else if (need.now == child) {
    need.arithmetic = "an Apache child: " + text(use.open) + " open + 1" + slots + generation +
                      " + " + text(kForThread) + " x " + text(use.child_threads) + " threads";
  } else {
    need.arithmetic = "Apache's parent: " + text(use.open) + " open + 2" + slots + generation;
  }
  need.arithmetic = text(need.now) + " (" + need.arithmetic + ")";
  return need;
}

DescriptorLimit descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return {limit.rlim_cur, limit.rlim_max};
}

std::uint64_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::uint64_t count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count - 3;  // ".", ".." and the folder's own
}

Result<DescriptorPlan> plan_descriptors(const DescriptorNeed& need, const DescriptorLimit& limit) {
  if (need.now > limit.hard) {
    return Fail{
        ErrorId::cfg_descriptors,
        "the process groups need " + need.arithmetic +
            " descriptors in one process, the "
            "hard limit is " +
            text(limit.hard) + "; set LimitNOFILE=" + text(need.and_reload) +
            " or more in Apache's service, which has room for a reload, or lower processes="};
  }
  DescriptorPlan plan{limit.soft, {}};
  if (need.and_reload > limit.soft) {
    plan.soft = std::min((need.and_reload + kStep - 1) / kStep * kStep, limit.hard);
  }
  if (need.and_reload > limit.hard) {
    plan.warning = "the descriptor limit is too low for a reload: it needs " +
                   text(need.and_reload) + ", the hard limit is " + text(limit.hard) +
                   "; set LimitNOFILE= in Apache's service";
  } else if (plan.soft > limit.soft) {
    plan.warning = "the soft descriptor limit was raised from " + text(limit.soft) + " to " +
                   text(plan.soft) + ", for a reload; now needed are " + need.arithmetic +
                   "; daemons have " + text(limit.soft) + " as before";
  }
  return plan;
}

}  // namespace wsgi::supervisor
