// SPDX-License-Identifier: Apache-2.0
// Descriptors, which run out at the next reload and not at the start: how many the processes around
// a new generation need, and room for them below the hard limit. Functions of their arguments but
// for the two that say so. Apache's parent, main thread. Source: shared architecture, section 8.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace wsgi::supervisor {

// What a generation with so many groups and slots is held by in the parent: page and executable of
// a group, both ends of a slot's pair, the lifeline's ends.
constexpr std::uint64_t held_by_parent(std::uint64_t groups, std::uint64_t slots) {
  return 2 * groups + 2 * slots + 2;
}

struct DescriptorUse {
  std::uint64_t open = 0;               // in the parent, with all generations that live
  std::uint64_t living = 0;             // of these: what the living generations hold
  std::uint64_t groups = 0, slots = 0;  // of the generation to be made
  std::uint64_t child_threads = 1;      // of an Apache child
};

struct DescriptorNeed {
  std::uint64_t now = 0;         // the soft limit without which something fails
  std::uint64_t and_reload = 0;  // with a generation of the same size beside it
  std::string arithmetic;        // of `now`, and which process it is
};
// The most that one of them needs: the parent, the new supervisor when every slot is being replaced
// (receiving end, and twice control socket and output pipe), an Apache child. A child's reserve is
// six for each thread: three connections of clients, which is what the event MPM keeps by default,
// a file, a daemon's connection and the other end of one being made.
DescriptorNeed count_descriptors(const DescriptorUse& use);

struct DescriptorLimit {
  std::uint64_t soft = 0, hard = 0;
};
// Of this process.
DescriptorLimit descriptor_limit();
// How many this process has open; 0 where /proc cannot be read.
std::uint64_t open_descriptors();

// What to do where these are the limits. Fail id: cfg_descriptors.
struct DescriptorPlan {
  std::uint64_t soft = 0;  // to be set
  std::string warning;     // id descriptor_limit; "" none
};
Result<DescriptorPlan> plan_descriptors(const DescriptorNeed& need, const DescriptorLimit& limit);

}  // namespace wsgi::supervisor
