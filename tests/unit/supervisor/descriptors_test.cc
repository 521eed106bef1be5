// SPDX-License-Identifier: Apache-2.0
#include "supervisor/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "supervisor/limits.h"

namespace wsgi::supervisor {
namespace {

TEST(Descriptors, TheParentOfManyGenerations) {
  const auto need = count_descriptors({.open = 5000, .living = 40, .groups = 2, .slots = 10});
  EXPECT_EQ(need.now, 5000u + 2 * 10 + 2 * 2 + 2 + 32);
  EXPECT_EQ(need.and_reload, need.now) << "one of the same size is beside it already";
  EXPECT_EQ(need.arithmetic,
            "5058 (Apache's parent: 5000 open + 2 x 10 processes + 2 x 2 groups + 2 + 32)");
}

TEST(Descriptors, TheSupervisorWhoseProcessesAreAllReplaced) {
  const auto need = count_descriptors({.open = 60, .living = 50, .groups = 1, .slots = 100});
  EXPECT_EQ(need.now, 10u + 500 + 2 + 2 + 32);
  EXPECT_EQ(need.and_reload, need.now);
  EXPECT_EQ(need.arithmetic,
            "546 (a supervisor: 10 open + 5 x 100 processes + 2 x 1 groups + 2 + 32)");
}

TEST(Descriptors, TheChildWithItsThreads) {
  const auto need =
      count_descriptors({.open = 20, .living = 0, .groups = 1, .slots = 2, .child_threads = 25});
  EXPECT_EQ(need.now, 20u + 2 + 2 + 2 + 150 + 32);
  EXPECT_EQ(need.and_reload, need.now + held_by_parent(1, 2));
  EXPECT_EQ(need.arithmetic,
            "208 (an Apache child: 20 open + 1 x 2 processes + 2 x 1 groups + 2 + 32 + 6 x 25 "
            "threads)");
}

TEST(Descriptors, EnoughIsLeftAlone) {
  const auto plan = plan_descriptors({.now = 100, .and_reload = 200, .arithmetic = "100 (all)"},
                                     {.soft = 200, .hard = 200});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->soft, 200u);
  EXPECT_EQ(plan->warning, "");
}

TEST(Descriptors, TheSoftLimitIsRaisedForTheNextReloadToo) {
  const auto plan = plan_descriptors({.now = 100, .and_reload = 200, .arithmetic = "100 (all)"},
                                     {.soft = 150, .hard = 4000});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->soft, 256u);
  EXPECT_NE(plan->warning.find("from 150 to 256"), std::string::npos) << plan->warning;
}

TEST(Descriptors, AReloadThatWillNotFitIsForetold) {
  const auto plan = plan_descriptors({.now = 100, .and_reload = 200, .arithmetic = "100 (all)"},
                                     {.soft = 50, .hard = 199});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->soft, 199u);
  EXPECT_NE(plan->warning.find("it needs 200, the hard limit is 199"), std::string::npos);
}

TEST(Descriptors, BeyondTheHardLimitIsAnErrorWithTheArithmetic) {
  const auto plan = plan_descriptors({.now = 100, .and_reload = 200, .arithmetic = "100 (all)"},
                                     {.soft = 50, .hard = 99});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().id, ErrorId::cfg_descriptors);
  EXPECT_EQ(
      plan.error().text,
      "the process groups need 100 (all) descriptors in one process, the hard limit is 99; "
      "set LimitNOFILE=200 or more in Apache's service, which has room for a reload, or lower "
      "processes=");
}

TEST(Descriptors, OpenOnesAreCounted) {
  const auto before = open_descriptors();
  const Fd one(::dup(0)), two(::dup(0));
  EXPECT_EQ(open_descriptors(), before + 2);
}

TEST(Descriptors, ADaemonHasTheSoftLimitOfBefore) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const Warn warn = [](ErrorId, std::string_view, int) { ::_exit(2); };
    const auto limit = descriptor_limit();
    set_open_files(limit.soft + 1, warn);
    if (descriptor_limit().soft != limit.soft) ::_exit(3);
    set_open_files(0, warn);
    if (descriptor_limit().soft != limit.soft) ::_exit(4);
    set_open_files(limit.soft - 1, warn);
    ::_exit(descriptor_limit().soft == limit.soft - 1 && descriptor_limit().hard == limit.hard ? 0
                                                                                               : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace wsgi::supervisor
