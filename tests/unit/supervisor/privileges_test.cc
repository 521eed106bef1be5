// SPDX-License-Identifier: Apache-2.0
// Identity changes cannot be undone, so each case runs in a forked child that says how it went by
// its exit code. They need root.
#include "supervisor/privileges.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace wsgi::supervisor {
namespace {

using transport::StartStep;

int in_child(const std::function<bool()>& check) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(check() ? 0 : 1);
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

config::DaemonOptions nobody() {
  config::DaemonOptions options;
  options.has_identity = true;
  const passwd* entry = ::getpwnam("nobody");
  options.uid = entry != nullptr ? entry->pw_uid : 65534;
  options.gid = entry != nullptr ? entry->pw_gid : 65534;
  options.user_name = "nobody";
  options.groups = {options.gid, 4711};
  return options;
}

class PrivilegesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

TEST_F(PrivilegesTest, BecomesTheUserForGood) {
  EXPECT_EQ(in_child([] {
              const auto options = nobody();
              if (drop_privileges(options).step != StartStep::none) return false;
              return ::getuid() == options.uid && ::getegid() == options.gid &&
                     ::getgroups(0, nullptr) == 2 && ::setuid(0) != 0;
            }),
            0);
}

TEST_F(PrivilegesTest, NamesTheStepThatFails) {
  EXPECT_EQ(in_child([] {
              auto options = nobody();
              options.chroot = "/nowhere/at/all";
              const auto failure = drop_privileges(options);
              return failure.step == StartStep::chroot && failure.sys == ENOENT;
            }),
            0);
  EXPECT_EQ(in_child([] {
              auto options = nobody();
              if (drop_privileges(options).step != StartStep::none) return false;
              options.gid = 0;  // no longer permitted
              const auto failure = drop_privileges(options);
              return failure.step == StartStep::group && failure.id == ErrorId::priv_setgid;
            }),
            0);
}

TEST_F(PrivilegesTest, ChrootComesFirst) {
  EXPECT_EQ(in_child([] {
              auto options = nobody();
              options.chroot = "/usr";
              if (drop_privileges(options).step != StartStep::none) return false;
              return ::access("/bin", F_OK) == 0 && ::access("/usr/bin", F_OK) != 0;
            }),
            0);
}

TEST_F(PrivilegesTest, DirectoryIsEnteredAsTheUser) {
  EXPECT_EQ(in_child([] {
              const auto options = nobody();
              if (drop_privileges(options).step != StartStep::none) return false;
              return enter_directory("/root", options).step == StartStep::directory &&
                     enter_directory("/usr", options).step == StartStep::none;
            }),
            0);
}

TEST(Privileges, ServerThatIsNotRootChangesNothing) {
  EXPECT_EQ(in_child([] {
              const uid_t before = ::getuid();
              return drop_privileges({}).step == StartStep::none && ::getuid() == before;
            }),
            0);
}

TEST(Privileges, WorkingDirectory) {
  config::DaemonOptions options = nobody();
  options.user_home = "/home/shop";
  EXPECT_EQ(working_directory(options, 33), "/home/shop");
  EXPECT_EQ(working_directory(options, options.uid), "");
  options.home = "/srv/shop";
  EXPECT_EQ(working_directory(options, options.uid), "/srv/shop");
}

}  // namespace
}  // namespace wsgi::supervisor
