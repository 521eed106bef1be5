// SPDX-License-Identifier: Apache-2.0
// Settings to bytes and back; garbage.
#include "config/codec.h"

#include <gtest/gtest.h>

#include <random>

#include "config/scopes.h"

namespace wsgi::config {
namespace {

DaemonOptions some_options() {
  DaemonOptions options;
  options.name = "app";
  options.uid = 4000000000u;
  options.groups = {1, 2, 3};
  options.umask = -1;
  options.cpu_priority = -20;
  options.switch_interval = 0.005;
  options.environment_files = {"/a", "", std::string("\0x", 2)};
  options.memory_limit = UINT64_MAX;
  options.overlap = false;
  return options;
}

PythonSettings some_python() {
  PythonSettings python;
  python.warnings = {"ignore"};
  python.hash_seed = 0;
  python.base.restrict_stdin = false;
  python.base.switch_interval = 1.5;
  python.containers.resize(2);
  python.containers[1].process_group = "";
  python.containers[1].python_path = "/x:/y";
  return python;
}

TEST(Codec, RoundTrip) {
  auto options = decode<DaemonOptions>(encode(some_options()));
  ASSERT_TRUE(options);
  EXPECT_EQ(*options, some_options());
  auto python = decode<PythonSettings>(encode(some_python()));
  ASSERT_TRUE(python);
  EXPECT_EQ(*python, some_python());
  EXPECT_EQ(*decode<DaemonOptions>(encode(DaemonOptions{})), DaemonOptions{});
}

TEST(Codec, EveryPrefixAndExtensionIsRefused) {
  std::string bytes = encode(some_python());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode<PythonSettings>(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode<PythonSettings>(bytes + '\0'));
}

TEST(Codec, GarbageNeitherCrashesNorAllocatesMuch) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = encode(some_options());
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    auto options = decode<DaemonOptions>(bytes);
    if (options) {
      EXPECT_EQ(encode(*options), bytes);
    }
  }
  // A count of four thousand million items in four bytes.
  EXPECT_FALSE(decode<PythonSettings>(std::string(64, '\xff')));
}

// The settings hash is made from these bytes.
TEST(Codec, EqualBytesMeanEqualSettings) {
  EXPECT_EQ(encode(some_options()), encode(some_options()));
  auto options = some_options();
  options.server_metrics = true;
  EXPECT_NE(encode(options), encode(some_options()));
  auto python = some_python();
  python.containers[0].application_group = "";
  EXPECT_NE(encode(python), encode(some_python()));
}

}  // namespace
}  // namespace wsgi::config
