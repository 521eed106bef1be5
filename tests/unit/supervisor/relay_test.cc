// SPDX-License-Identifier: Apache-2.0
#include "supervisor/relay.h"

#include <gtest/gtest.h>

#include <vector>

namespace wsgi::supervisor {
namespace {

using namespace std::chrono_literals;

class RelayTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  Relay relay_{[this](std::string_view line) { lines_.emplace_back(line); }};
  Clock::time_point now_ = Clock::time_point(1h);
};

TEST_F(RelayTest, JoinsAndSplitsLines) {
  relay_.feed("one\ntw", now_);
  relay_.feed("o\r\n\nthr", now_);
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two"}));
  relay_.end(now_);
  EXPECT_EQ(lines_.back(), "thr");
  EXPECT_EQ(relay_.tail(), "one | two | thr");
}

TEST_F(RelayTest, CutsLongLines) {
  relay_.feed(std::string(kMaxLine * 2 + 5, 'x') + "\ny\n", now_);
  ASSERT_EQ(lines_.size(), 4u);
  EXPECT_EQ(lines_[0].size(), kMaxLine);
  EXPECT_EQ(lines_[1].size(), kMaxLine);
  EXPECT_EQ(lines_[2], "xxxxx");
  EXPECT_EQ(lines_[3], "y");
  relay_.feed(std::string(kMaxLine, 'x') + "\nz\n", now_);  // exactly full: one line
  EXPECT_EQ(lines_.size(), 6u);
}

TEST_F(RelayTest, LimitsTheRateAndCounts) {
  for (int i = 0; i < 4500; ++i) relay_.feed("a\n", now_);
  EXPECT_EQ(lines_.size(), 4000u);
  EXPECT_EQ(relay_.take_dropped(now_ + 999ms), 0u);
  EXPECT_EQ(relay_.take_dropped(now_ + 1s), 500u);
  EXPECT_EQ(relay_.take_dropped(now_ + 2s), 0u);
  for (int i = 0; i < 1500; ++i) relay_.feed("b\n", now_ + 1s);
  EXPECT_EQ(lines_.size(), 5000u);
  EXPECT_EQ(relay_.take_dropped(now_ + 1s, true), 500u);
  for (int i = 0; i < 5000; ++i) relay_.feed("c\n", now_ + 1h);
  EXPECT_EQ(lines_.size(), 9000u);
  // Dropped lines still are last words.
  relay_.feed("the end\n", now_ + 1h);
  EXPECT_NE(relay_.tail().find("the end"), std::string::npos);
}

}  // namespace
}  // namespace wsgi::supervisor
