// SPDX-License-Identifier: Apache-2.0
// Reading group pages out of a process: this one, which makes real pages as an Apache parent does.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/fd.h"
#include "observe/pages.h"
#include "transport/page.h"
#include "transport/permits.h"

namespace wsgictl {
namespace {

using wsgi::transport::Page;
using wsgi::transport::SlotState;
using wsgi::transport::SlotWord;

Page make(const char* group, std::uint16_t slots, std::uint32_t threads) {
  wsgi::transport::PageShape shape;
  shape.slots = slots;
  shape.threads = threads;
  auto page = Page::create(group, shape, {});
  EXPECT_TRUE(page);
  return std::move(*page);
}

TEST(Pages, ShowSlotsOfAGroup) {
  const Page page = make("shop", 2, 15);
  page.word(0).store(SlotWord{7, SlotState::ready, 3}.pack());
  page.word(1).store(SlotWord{0, SlotState::starting, 0}.pack());
  page.slot(0).occupant.pid.store(4711);
  page.slot(0).counts.served.store(12);
  page.slot(0).counts.failed.store(1);
  page.ends().by_cause[0].store(2);
  page.counts().refused_full.store(6);
  page.record_death(1, 5, 4712, wsgi::transport::DeathHow::signal, 9, 0, "killed \x1b[31m");

  const observe::Pages pages = observe::read_pages(::getpid());
  ASSERT_EQ(pages.groups.size(), 1u);
  const observe::GroupStatus& group = pages.groups[0];
  EXPECT_EQ(group.name, "shop");
  EXPECT_EQ(group.threads, 15u);
  EXPECT_EQ(group.ready(), 1u);
  EXPECT_EQ(group.in_use(), 3u);
  EXPECT_EQ(group.served(), 12u);
  ASSERT_EQ(group.slots.size(), 2u);
  EXPECT_EQ(group.slots[0].state, "ready");
  EXPECT_EQ(group.slots[0].pid, 4711u);
  EXPECT_EQ(group.slots[1].state, "starting");
  EXPECT_NE(group.slots[1].last_death.find("process 4712 ended by signal 9: killed"),
            std::string::npos);
  // Text of a page comes from the application's side: it must not paint the terminal.
  EXPECT_EQ(observe::to_text(group).find('\x1b'), std::string::npos);
  EXPECT_EQ(observe::to_json(group)["slots"][0]["in_use"], 3);
  EXPECT_EQ(json_text(observe::to_json(group)["ended"]), R"({"crash":2})");
  EXPECT_EQ(observe::to_json(group)["refused_full"], 6);
}

TEST(Pages, ShowWhatAnEarlierConfigurationTakes) {
  const Page old = make("shop", 1, 1), now = make("shop", 2, 1);
  old.state().superseded.store(1);
  old.slot(0).occupant.rss.store(10 << 20);
  now.slot(0).occupant.rss.store(20 << 20);
  now.slot(1).occupant.rss.store(20 << 20);
  const auto groups = observe::read_pages(::getpid()).groups;
  EXPECT_EQ(observe::memory_text(groups),
            "memory of all groups: 50.0 MiB, 10.0 MiB of it in processes of an earlier "
            "configuration, until their requests end\n");
  EXPECT_NE(observe::to_text(groups[0]).find(" MiB\n"), std::string::npos);
}

TEST(Pages, ShowsEachPageOnceAndSaysWhichAreBroken) {
  const Page blog = make("blog", 1, 1);
  const Page api = make("api", 1, 1);
  const int copy = ::dup(api.fd());
  api.state().broken.store(1);
  api.state().retry_after_s.store(8);
  const observe::Pages pages = observe::read_pages(::getpid());
  ::close(copy);
  ASSERT_EQ(pages.groups.size(), 2u);
  EXPECT_EQ(pages.groups[0].name, "api");
  EXPECT_NE(observe::to_text(pages.groups[0]).find("BROKEN, next try in 8 s"), std::string::npos);
  EXPECT_FALSE(pages.groups[1].broken);
}

TEST(Pages, AnImpossibleStateCountsAsStopped) {
  const Page page = make("shop", 1, 1);
  page.word(0).store(std::uint64_t{200} << 24);
  EXPECT_EQ(observe::read_pages(::getpid()).groups[0].slots[0].state, "stopped");
}

// The group of another user would be shown, and restarted, as its forger likes.
TEST(Pages, AreNotBelievedWhenNobodyOfApacheHoldsThem) {
  pid_t forger = 0;
  {
    const Page page = make("shop", 1, 1);
    const wsgi::Fd kept(::dup(page.fd()));  // without close-on-exec
    forger = ::fork();
    if (forger == 0) {
      ::execl("/bin/sleep", "sleep", "60", nullptr);
      ::_exit(127);
    }
    const std::string name = "/proc/" + std::to_string(forger) + "/exe";
    while (std::filesystem::read_symlink(name) == std::filesystem::read_symlink("/proc/self/exe"))
      ::sched_yield();
    EXPECT_EQ(observe::read_pages(::getpid()).groups.size(), 1u);
  }
  EXPECT_TRUE(observe::read_pages(::getpid()).groups.empty());
  ::kill(forger, SIGKILL);
  ::waitpid(forger, nullptr, 0);
}

TEST(Pages, NoneWhereThereAreNone) { EXPECT_TRUE(observe::read_pages(::getpid()).groups.empty()); }

}  // namespace
}  // namespace wsgictl
