// SPDX-License-Identifier: Apache-2.0
// Results, descriptors, deadlines, digests and the form of a log line.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "base/scope_exit.h"
#include "support/list_log.h"

namespace wsgi {
namespace {

Result<std::unique_ptr<int>> number(bool good) {
  if (!good) return Fail{ErrorId::cfg_number, "no number", EINVAL};
  return std::make_unique<int>(42);
}

Status tried(bool good) {
  WSGI_TRY(number(good));
  return ok();
}

Result<int> assigned(bool good) {
  WSGI_ASSIGN(const auto held, number(good));
  return *held;
}

TEST(Result, CarriesAValueThatCanOnlyMove) {
  EXPECT_TRUE(tried(true));
  EXPECT_EQ(assigned(true).value(), 42);
}

TEST(Result, FailuresLeaveTheFunction) {
  EXPECT_EQ(tried(false).error().id, ErrorId::cfg_number);
  const auto failed = assigned(false);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text, "no number");
  EXPECT_EQ(failed.error().sys, EINVAL);
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Fd, ClosesOnceAndOnlyItsOwn) {
  int number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(number, 0);
  {
    Fd first(number);
    Fd second(std::move(first));
    EXPECT_EQ(first.get(), -1);
    EXPECT_FALSE(first);
    Fd& same = second;
    second = std::move(same);
    EXPECT_TRUE(is_open(number)) << "moved onto itself";
  }
  EXPECT_FALSE(is_open(number));
  number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Fd(number).release(), number);
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(ScopeExit, RunsOnEveryPath) {
  int ran = 0;
  for (int k = 0; k < 2; ++k) {
    const ScopeExit count([&] { ++ran; });
    if (k == 0) continue;
  }
  EXPECT_EQ(ran, 2);
}

TEST(Clock, LongTimesDoNotBecomeShortOnes) {
  EXPECT_EQ(saturated_ms(0), 0u);
  EXPECT_EQ(saturated_ms(15), 15'000u);
  EXPECT_EQ(saturated_ms(4'294'968), 2'147'483'647u) << "32 bits would say 704 ms";
  EXPECT_EQ(saturated_ms(2'147'483'647), 2'147'483'647u);
}

TEST(Deadline, LeftIsWhatPollTakes) {
  EXPECT_EQ(Deadline().left_ms(), -1);
  EXPECT_FALSE(Deadline().expired());
  const auto past = Deadline::in(std::chrono::milliseconds(-5));
  EXPECT_EQ(past.left_ms(), 0);
  EXPECT_TRUE(past.expired());
  const auto later = Deadline::in(std::chrono::hours(1));
  EXPECT_GT(later.left_ms(), 3'590'000);
  EXPECT_LE(later.left_ms(), 3'600'000);
  EXPECT_EQ(Deadline::in(std::chrono::hours(24 * 365)).left_ms(), 1'000'000'000) << "fits an int";
}

std::string hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

// FIPS 180-4, examples of the Secure Hash Standard.
TEST(Sha256, StandardExamples) {
  const auto of = [](const std::string& text) {
    return hex(sha256({reinterpret_cast<const std::byte*>(text.data()), text.size()}));
  };
  EXPECT_EQ(of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Log, MessagesHaveIdTextAndTheSystemsError) {
  test::ListLog log(Level::info);
  log.fail({ErrorId::cfg_number, "it is bad", ENOENT});
  log.message(ErrorId::cfg_onoff, Level::info, "by the way");
  log.message(ErrorId::cfg_onoff, Level::debug, "not asked for");
  EXPECT_EQ(log.text(),
            "WSGI1006: it is bad: No such file or directory (2)\nWSGI1001: by the way\n");
  EXPECT_EQ(log.records()[0].level, error_info(ErrorId::cfg_number).level);
  EXPECT_EQ(log.records()[1].level, Level::info);
  EXPECT_EQ(describe({ErrorId::cfg_onoff, "alone", 0}), "alone");
}

}  // namespace
}  // namespace wsgi
