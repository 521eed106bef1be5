// SPDX-License-Identifier: Apache-2.0
// Real supervisors over real processes: start, orders, death, replacement, limits, stop.
#include <pwd.h>
#include <sys/stat.h>

#include "support/supervised.h"

namespace wsgi::test {
namespace {

using transport::SlotState;

class LoopTest : public Supervised {};

// As in proc(5); '?' for none.
char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(") ");
  return name_end == std::string::npos ? '?' : text[name_end + 2];
}

TEST_F(LoopTest, StartsServesAndStopsWithoutRest) {
  const pid_t supervisor = start(group("shop"));
  ASSERT_GT(supervisor, 0);
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop)) << log_text();
  EXPECT_EQ(word(shop).generation, 1u);
  EXPECT_EQ(shop.page.state().ever_ready.load(), 1u);
  const pid_t daemon = pid_of(shop);
  EXPECT_GT(daemon, 0);
  EXPECT_EQ(static_cast<pid_t>(shop.page.slot(0).occupant.pid.load()), daemon);
  EXPECT_EQ(::getpgid(daemon), supervisor);
  EXPECT_TRUE(logged("WSGI2010: process group 'shop' pid " + std::to_string(daemon)));
  generations_.stop();
  EXPECT_TRUE(wait_for([&] { return group_is_empty(supervisor); }));
  EXPECT_TRUE(logged("leaving because of stop"));
}

TEST_F(LoopTest, DaemonHasExactlyWhatTheProtocolSays) {
  GroupSettings settings = group("shop", "my title");
  const passwd* nobody = ::getpwnam("nobody");
  const bool root = ::geteuid() == 0 && nobody != nullptr;
  auto& options = settings.options;
  if (root) {
    options.has_identity = true;
    options.uid = nobody->pw_uid;
    options.gid = nobody->pw_gid;
    options.user_name = "nobody";
    options.groups = {nobody->pw_gid, 12345};
  }
  options.user_home = "/home/of/user";
  options.home = "/usr";
  options.umask = 027;
  options.lang = "C.UTF-8";
  options.cpu_time_limit = 100;
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // whose shadow memory counts too
  options.memory_limit = 1 << 30;
#endif
  const std::uint64_t memory_limit = options.memory_limit;
  options.has_cpu_priority = true;
  options.cpu_priority = 3;
  std::string file = (std::filesystem::temp_directory_path() / "env-XXXXXX").string();
  Fd env(::mkstemp(file.data()));
  ASSERT_EQ(::write(env.get(), "SECRET=x y\n", 11), 11);
  options.environment_files = {file};
  const int leaked = ::dup(env.get());  // without close-on-exec
  start(std::move(settings));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop)) << log_text();
  const std::string report = order(shop, "report");
  ::close(leaked);
  std::filesystem::remove(file);
  for (const char* part : {" cwd=/usr ", " umask=23 ", " title=my title ", " home=/home/of/user ",
                           " lang=C.UTF-8 ", " secret=x y ", " cpu=100/106 ", " nice=3"}) {
    EXPECT_NE(report.find(part), std::string::npos) << part << " in " << report;
  }
  if (memory_limit != 0) {
    EXPECT_NE(report.find(" data=1073741824 "), std::string::npos) << report;
  }
  // 6, the boot record, is closed once read and reused for the connection.
  EXPECT_NE(report.find(" fds=0,1,2,3,4,5,6 "), std::string::npos) << report;
  if (root) {
    const std::string ids = " uid=" + std::to_string(nobody->pw_uid) +
                            " gid=" + std::to_string(nobody->pw_gid) + " groups=2 ";
    EXPECT_NE(report.find(ids), std::string::npos) << report;
  }
}

TEST_F(LoopTest, CrashIsExplainedRecordedAndReplaced) {
  start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  const std::string pid = order(shop, "crash");
  ASSERT_TRUE(wait_ready(shop, 2)) << log_text();
  const auto& death = shop.page.slot(0).death;
  EXPECT_EQ(death.generation.load(), 1u);
  EXPECT_EQ(std::to_string(death.pid.load()), pid);
  EXPECT_EQ(death.how.load(), static_cast<std::uint8_t>(transport::DeathHow::signal));
  EXPECT_EQ(death.status.load(), SIGSEGV);
  EXPECT_STREQ(death.text, "SIGSEGV");
  EXPECT_TRUE(
      logged("WSGI2006: process group 'shop' pid " + pid + ": died of signal 11 (SIGSEGV)"));
  EXPECT_TRUE(logged("its last words: 'last words'; a replacement is started"));
  EXPECT_TRUE(logged("3 last words\n"));
}

TEST_F(LoopTest, RecyclingIsSeamless) {
  start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  const std::string old = order(shop, "recycle");
  ASSERT_TRUE(wait_ready(shop, 2));
  EXPECT_NE(order(shop, "pid"), old);
  EXPECT_TRUE(
      logged("pid " + old + ": ended with exit code 0, leaving because of maximum_requests"));
  const std::string second = order(shop, "leave");
  ASSERT_TRUE(wait_ready(shop, 3));
  EXPECT_TRUE(
      logged("pid " + second + ": ended with exit code 0, leaving because of script_reload"));
}

TEST_F(LoopTest, FailedStartBreaksTheGroupAndSaysWhy) {
  start(group("shop", "fails"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_state(shop, SlotState::broken)) << log_text();
  EXPECT_TRUE(wait_for([&] { return shop.page.state().broken.load() == 1; }));
  EXPECT_GE(shop.page.state().retry_after_s.load(), 1u);
  EXPECT_TRUE(
      logged("did not start: no Python here: No such file or directory (2); the next start "
             "is in 1 s"));
  EXPECT_TRUE(logged("WSGI2007"));
  EXPECT_TRUE(logged("the next start is in 2 s"));  // it was tried again
}

TEST_F(LoopTest, PreExecFailureNamesItsStep) {
  GroupSettings settings = group("shop");
  settings.options.home = "/nowhere/at/all";
  start(std::move(settings));
  ASSERT_TRUE(wait_state(current("shop"), SlotState::broken));
  EXPECT_TRUE(logged("WSGI2022: process group 'shop'"));
  EXPECT_TRUE(logged("'/nowhere/at/all' cannot be entered"));
}

TEST_F(LoopTest, UnusableEnvironmentFileIsNamed) {
  GroupSettings settings = group("shop");
  settings.options.environment_files = {"/nowhere/secrets.env"};
  start(std::move(settings));
  ASSERT_TRUE(wait_state(current("shop"), SlotState::broken));
  EXPECT_TRUE(
      logged("WSGI2026: process group 'shop': a daemon did not start: environment file "
             "'/nowhere/secrets.env'"));
}

TEST_F(LoopTest, MissingRuntimeIsBrokenAtOnce) {
  GroupSettings settings = group("shop");
  settings.runtime.reset();
  start(std::move(settings));
  EXPECT_TRUE(wait_for([&] { return current("shop").page.state().broken.load() == 1; }));
  EXPECT_TRUE(logged("there is no runtime"));
}

TEST_F(LoopTest, OtherProtocolIsRefused) {
  start(group("shop", "old"));
  ASSERT_TRUE(wait_state(current("shop"), SlotState::broken));
  EXPECT_TRUE(logged("the runtime speaks protocol 99"));
}

TEST_F(LoopTest, NonsenseOnControlIsTheEndOfADaemon) {
  start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  order(shop, "nonsense");
  ASSERT_TRUE(wait_ready(shop, 2));
  EXPECT_TRUE(logged("WSGI2016"));
}

// What is still queued at its death, too, when the supervisor was busy.
TEST_F(LoopTest, AllThatADaemonSaidIsRead) {
  const pid_t supervisor = start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  const pid_t daemon = pid_of(shop);
  order(shop, "burst");
  ASSERT_TRUE(wait_for([&] { return state_of(daemon) == 'Z'; }));
  ::kill(supervisor, SIGCONT);
  ASSERT_TRUE(wait_ready(shop, 2));
  std::size_t lines = 0;
  const std::string text = log_text();
  for (std::size_t at = 0; (at = text.find("of a burst", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 100u);
  EXPECT_TRUE(logged("leaving because of script_reload"));
}

TEST_F(LoopTest, OutputIsRelayedWithinItsRate) {
  start(group("shop"));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  order(shop, "log");
  EXPECT_TRUE(logged("3 a line by control\n"));
  order(shop, "flood");
  EXPECT_TRUE(logged("lines were dropped; more than 1000 lines a second"));
}

TEST_F(LoopTest, StopKillsWhoDoesNotLeave) {
  GroupSettings settings = group("shop");
  settings.options.shutdown_timeout = 1;
  const pid_t supervisor = start(std::move(settings));
  const DaemonGroup& shop = current("shop");
  ASSERT_TRUE(wait_ready(shop));
  order(shop, "stubborn");
  generations_.stop();
  EXPECT_TRUE(wait_for([&] { return group_is_empty(supervisor); }));
  EXPECT_TRUE(logged("WSGI2013"));
}

TEST_F(LoopTest, StopWhileStartingLeavesNothing) {
  const pid_t supervisor = start(group("shop", "hangs"));
  generations_.stop();
  EXPECT_TRUE(wait_for([&] { return group_is_empty(supervisor); }));
}

}  // namespace
}  // namespace wsgi::test
