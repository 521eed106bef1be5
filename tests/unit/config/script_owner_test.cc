// SPDX-License-Identifier: Apache-2.0
// script-user and script-group against real files: owner, writers, and the folder they lie in.
#include "config/script_owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace wsgi::config {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class Owner : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/wsgi-owner-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    folder = name;
    file = folder + "/app.wsgi";
    std::ofstream(file) << "";
    modes(0755, 0644);
  }
  void TearDown() override {
    ::unlink(file.c_str());
    ::rmdir(folder.c_str());
  }
  void modes(mode_t of_folder, mode_t of_file) const {
    ASSERT_EQ(::chmod(folder.c_str(), of_folder), 0);
    ASSERT_EQ(::chmod(file.c_str(), of_file), 0);
  }
  std::string refusal(const ScriptOwner& owner) const {
    Status status = check_script_owner(owner, file);
    if (status) return "";
    EXPECT_EQ(status.error().id, ErrorId::req_script_owner);
    return status.error().text;
  }
  ScriptOwner user() const { return {::geteuid(), {}}; }
  ScriptOwner group() const { return {{}, ::getegid()}; }
  std::string folder, file;
};

TEST_F(Owner, FileAndFolderMustBelongToIt) {
  EXPECT_EQ(refusal(user()), "");
  EXPECT_EQ(refusal(group()), "");
  EXPECT_EQ(refusal({12345, {}}), "'" + file + "' belongs to uid " + std::to_string(::geteuid()) +
                                      ", but script-user permits only 12345");
  EXPECT_EQ(refusal({{}, 12345}), "'" + file + "' belongs to gid " + std::to_string(::getegid()) +
                                      ", but script-group permits only 12345");
}

TEST_F(Owner, OfTheFolderToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::chown(folder.c_str(), 12345, 12345), 0);
  EXPECT_THAT(refusal(user()), HasSubstr("'" + folder + "' belongs to uid 12345, but "));
  EXPECT_THAT(refusal(group()), HasSubstr("'" + folder + "' belongs to gid 12345, but "));
}

TEST_F(Owner, NobodyElseMayWrite) {
  const std::string by_all = "may be written to by everybody";
  modes(0755, 0666);
  EXPECT_EQ(refusal(user()), "'" + file + "' " + by_all);
  EXPECT_EQ(refusal(group()), "'" + file + "' " + by_all);
  modes(0777, 0644);
  EXPECT_EQ(refusal(user()), "'" + folder + "' " + by_all);
  EXPECT_EQ(refusal(group()), "'" + folder + "' " + by_all);
  // Members of the group are whom script-group trusts, and nobody script-user knows.
  modes(0775, 0664);
  EXPECT_THAT(refusal(user()), HasSubstr("'" + file + "' may be written to by its group, gid "));
  EXPECT_EQ(refusal(group()), "");
}

TEST_F(Owner, WhatCannotBeSeenIsRefused) {
  ::unlink(file.c_str());
  EXPECT_THAT(refusal(user()), EndsWith("its owner cannot be determined"));
}

TEST(ScriptOwner, NamesAndNumbers) {
  DaemonOptions options;
  EXPECT_FALSE(script_owner(options).any());
  options.script_user = "root";
  EXPECT_EQ(script_owner(options).user, 0u);
  options.script_user = "#12";
  EXPECT_EQ(script_owner(options).user, 12u);
  options.script_user = "no-such-account";
  EXPECT_EQ(script_owner(options).user, UINT32_MAX);
  options.script_user.clear();
  options.script_group = "root";
  EXPECT_EQ(script_owner(options).group, 0u);
  options.script_group = "#7";
  EXPECT_EQ(script_owner(options).group, 7u);
  EXPECT_FALSE(script_owner(options).user);
}

}  // namespace
}  // namespace wsgi::config
