// SPDX-License-Identifier: Apache-2.0
#include "supervisor/death.h"

#include <gtest/gtest.h>

#include <csignal>

namespace wsgi::supervisor {
namespace {

using transport::Cause;
using transport::DeathHow;

int exited(int code) { return code << 8; }

TEST(Death, ExplainsEachWay) {
  struct Row {
    Ending ending;
    ErrorId id;
    DeathHow how;
    const char* text;
  };
  const Row rows[] = {
      {{.status = exited(0), .was_ready = true, .cause = Cause::replaced},
       ErrorId::daemon_exit,
       DeathHow::exit,
       "ended with exit code 0, leaving because of replaced"},
      {{.status = exited(3), .was_ready = true},
       ErrorId::daemon_died,
       DeathHow::exit,
       "ended with exit code 3"},
      {{.status = SIGABRT, .was_ready = true, .last_words = "terminate\x01"},
       ErrorId::daemon_died,
       DeathHow::signal,
       "died of signal 6 (SIGABRT); its last words: 'terminate\\x01'"},
      {{.status = SIGKILL, .was_ready = true, .out_of_memory = true},
       ErrorId::daemon_died,
       DeathHow::signal,
       "killed by the kernel: out of memory; lower the group's memory use or raise the limit of "
       "the cgroup"},
      {{.status = SIGKILL, .was_ready = true, .cpu_ms = 3010, .cpu_limit_s = 3},
       ErrorId::daemon_died,
       DeathHow::signal,
       "killed by the kernel: cpu-time-limit, after 3.0 s of processor time"},
      {{.status = SIGKILL, .was_ready = true, .cpu_ms = 2990, .cpu_limit_s = 3},
       ErrorId::daemon_died,
       DeathHow::signal,
       "died of signal 9 (SIGKILL)"},
      {{.status = SIGKILL, .was_ready = true, .killed = true, .cause = Cause::deadlock_timeout},
       ErrorId::daemon_killed,
       DeathHow::signal,
       "was killed by its supervisor: deadlock_timeout"},
      {{.status = SIGKILL, .was_ready = true, .killed = true, .cause = Cause::stop},
       ErrorId::proc_forced,
       DeathHow::signal,
       "was killed by its supervisor: stop"},
      {{.status = exited(transport::kForcedExit), .was_ready = true, .cause = Cause::stop},
       ErrorId::proc_forced,
       DeathHow::exit,
       "abandoned its requests at the end of its time: stop"},
      {{.status = exited(transport::kForcedExit),
        .was_ready = true,
        .cause = Cause::maximum_requests},
       ErrorId::daemon_killed,
       DeathHow::exit,
       "abandoned its requests at the end of its time: maximum_requests"},
      {{.status = exited(transport::kForcedExit), .was_ready = true},
       ErrorId::daemon_died,
       DeathHow::exit,
       "ended with exit code 124"},
      {{.status = exited(1), .failed = "no Python"},
       ErrorId::daemon_start_failed,
       DeathHow::exit,
       "did not start: no Python"},
      {{.status = SIGKILL, .killed = true, .cause = Cause::start_failed, .failed = "too old"},
       ErrorId::daemon_start_failed,
       DeathHow::signal,
       "did not start: too old"},
      {{.status = SIGKILL, .killed = true, .cause = Cause::startup_timeout},
       ErrorId::daemon_slow_start,
       DeathHow::signal,
       "did not start: not ready in time and killed"},
      {{.status = SIGKILL, .killed = true, .cause = Cause::stop},
       ErrorId::daemon_exit,
       DeathHow::signal,
       "was killed by its supervisor: stop"},
      {{.status = SIGSEGV},
       ErrorId::daemon_start_failed,
       DeathHow::signal,
       "did not start: died of signal 11 (SIGSEGV)"},
      {{.known = false, .was_ready = true},
       ErrorId::daemon_exit,
       DeathHow::none,
       "ended while no supervisor watched it"},
  };
  for (const Row& row : rows) {
    const Explanation got = explain(row.ending);
    EXPECT_EQ(got.text, row.text);
    EXPECT_EQ(got.id, row.id) << row.text;
    EXPECT_EQ(got.how, row.how) << row.text;
    EXPECT_LE(got.brief.size(), 40u);
  }
}

TEST(Death, NamesWhatWasRunning) {
  auto page = transport::Page::create("g", {.slots = 1, .threads = 3}, {});
  ASSERT_TRUE(page);
  const auto begin = [&](std::size_t thread, std::uint64_t at, const char* path) {
    transport::Cell& cell = page->cell(0, 5, thread);
    transport::store_text(cell.method, "GET");
    transport::store_text(cell.path, path);
    cell.started_us.store(at);
  };
  begin(0, 9'000'000, "/young");
  begin(2, 1'000'000, "/old\n");
  const auto flights = read_flights(*page, 0, 5, 10'000'000);
  ASSERT_EQ(flights.size(), 2u);
  EXPECT_EQ(flights[0].path, "/old\\x0a");
  EXPECT_EQ(flights[0].age_ms, 9000u);
  EXPECT_TRUE(read_flights(*page, 0, 6, 10'000'000).empty());  // the other bank
  Ending ending{.status = SIGSEGV, .was_ready = true, .flights = flights};
  EXPECT_EQ(explain(ending).text,
            "died of signal 11 (SIGSEGV); it was running GET /old\\x0a for 9.0 s, GET /young for "
            "1.0 s");
}

TEST(Death, TheKernelMayKillSeveralForMemory) {
  const OomKills::Time start{std::chrono::hours(1)};
  const auto at = [&](int ms) { return start + std::chrono::milliseconds(ms); };
  OomKills kills(7);
  EXPECT_FALSE(kills.killed(7, at(0)));  // an administrator's
  EXPECT_TRUE(kills.killed(9, at(10)));  // two were killed before the first was reaped
  EXPECT_TRUE(kills.killed(9, at(18)));
  EXPECT_FALSE(kills.killed(9, at(20)));
  EXPECT_TRUE(kills.killed(11, at(30)));  // the second of these was somebody else's process
  EXPECT_FALSE(kills.killed(11, at(1500)));
  EXPECT_TRUE(kills.killed(12, at(1600)));
}

}  // namespace
}  // namespace wsgi::supervisor
