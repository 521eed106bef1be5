// SPDX-License-Identifier: Apache-2.0
#include "supervisor/env_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/fd.h"

namespace wsgi::supervisor {
namespace {

TEST(EnvFile, ReadsNamesAndValues) {
  auto got = parse_env(
      "# a comment\n\n  A=1\r\nB_2 = two words \nC=\"quoted = # kept\"\nD='x'\nE=\nF=a\"b\n_G==",
      "f");
  ASSERT_TRUE(got) << got.error().text;
  const Variables expected{
      {"A", "1"},    {"B_2", "two words"}, {"C", "quoted = # kept"}, {"D", "x"}, {"E", ""},
      {"F", "a\"b"}, {"_G", "="}};
  EXPECT_EQ(*got, expected);
}

TEST(EnvFile, RefusesOtherLinesWithoutShowingValues) {
  for (const std::string text : {"A=1\nhunter2\n", "A=1\n2B=hunter2\n", "A=1\n=hunter2\n",
                                 "A=1\na-b=hunter2\n", "A=1\nexport B=hunter2\n"}) {
    auto got = parse_env(text, "/etc/x.env");
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().id, ErrorId::env_file);
    EXPECT_NE(got.error().text.find("'/etc/x.env': line 2"), std::string::npos);
    EXPECT_EQ(got.error().text.find("hunter2"), std::string::npos);
  }
  EXPECT_FALSE(parse_env(std::string("A=b\0c\n", 6), "f"));
}

class EnvFileOnDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / "env-XXXXXX").string();
    file_.reset(::mkstemp(path_.data()));
    ASSERT_EQ(::write(file_.get(), "A=1\n", 4), 4);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_;
  Fd file_;
};

TEST_F(EnvFileOnDisk, ChecksItsMode) {
  ASSERT_EQ(::fchmod(file_.get(), 0600), 0);
  auto got = read_env_file(path_);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->variables.size(), 1u);
  EXPECT_EQ(got->warning, "");
  ASSERT_EQ(::fchmod(file_.get(), 0644), 0);
  got = read_env_file(path_);
  ASSERT_TRUE(got);
  EXPECT_NE(got->warning, "");
  ASSERT_EQ(::fchmod(file_.get(), 0602), 0);
  EXPECT_FALSE(read_env_file(path_));
}

TEST(EnvFile, OnlyRegularFilesThatAreThere) {
  EXPECT_FALSE(read_env_file("/dev/null"));
  EXPECT_FALSE(read_env_file("/nowhere/at/all"));
}

}  // namespace
}  // namespace wsgi::supervisor
