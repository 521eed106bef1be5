// SPDX-License-Identifier: Apache-2.0
// What a daemon says and does until it serves, and when it never will.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "support/fake_supervisor.h"

namespace wsgi::daemon {
namespace {

using namespace transport;
using test::FakeSupervisor;

TEST(Start, PreloadsTellsWhatItLoadedAndLogs) {
  FakeSupervisor super{WSGI_DAEMON_WITHOUT_PYTHON};
  super.boot.imports = {{"/import.py", "g"}};
  super.boot.warm = {{"/warm.wsgi", ""}};
  super.start();
  const auto first = super.wait_for<LoadedMessage>();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->script, "/import.py");
  const auto second = super.wait_for<LoadedMessage>();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->script, "/warm.wsgi");
  ASSERT_TRUE(super.wait_for<ReadyMessage>());
  EXPECT_TRUE(super.logged("Loading WSGI script '/import.py'"));
}

TEST(Start, ControlThatEndsBeforeReadyEndsIt) {
  FakeSupervisor super{WSGI_DAEMON_WITHOUT_PYTHON};
  super.start();
  super.close_control();
  EXPECT_EQ(super.wait_exit(), 0);
}

TEST(Start, AStartThatFailsSaysWhere) {
  FakeSupervisor super{WSGI_DAEMON_WITHOUT_PYTHON};
  super.boot.python.home = "/missing";
  super.start();
  const auto failed = super.wait_for<FailedMessage>();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->step, StartStep::python);
  EXPECT_EQ(failed->text, "Python does not start");
  EXPECT_EQ(WEXITSTATUS(super.wait_exit()), 1);
}

TEST(Start, GroupsWithoutThreadsRunTheirScriptsAndEnd) {
  FakeSupervisor super{WSGI_DAEMON_WITHOUT_PYTHON};
  super.boot.options.threads = 0;
  super.boot.imports = {{"/service.py", ""}};
  super.start();
  ASSERT_TRUE(super.wait_for<ReadyMessage>());
  const auto leaving = super.wait_for<LeavingMessage>();
  ASSERT_TRUE(leaving);
  EXPECT_EQ(leaving->cause, Cause::finished);
  EXPECT_EQ(super.wait_exit(), 0);
  EXPECT_TRUE(super.logged("/service.py"));
}

}  // namespace
}  // namespace wsgi::daemon
