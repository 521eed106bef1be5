// SPDX-License-Identifier: Apache-2.0
// The parts that touch the disk and start programs, on a folder of their own: atomic replacement
// and its refusals, the lock and its holder, processes with deadlines, layouts, what Apache tells.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "host/apache_server.h"
#include "host/layout.h"
#include "host/modules.h"
#include "support/fake_host.h"
#include "sys/atomic_file.h"
#include "sys/lock.h"
#include "sys/process.h"
#include "sys/sha256.h"

namespace wsgictl {
namespace {

using std::chrono::milliseconds;

class Folder : public ::testing::Test {
 protected:
  Folder() {
    char name[] = "/tmp/wsgictl-test-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() override { (void)sys::remove_tree(files_, path_); }
  std::string at(const std::string& name) const { return path_ + "/" + name; }
  int mode(const std::string& name) { return (*files_.look(at(name)))->mode; }

  sys::Files& files_ = sys::real_files();
  std::string path_;
};

using AtomicFile = Folder;

TEST_F(AtomicFile, ReplacesContentAndModeAndLeavesNothingElse) {
  ASSERT_TRUE(files_.write(at("a"), "one", 0600));
  ASSERT_TRUE(files_.write(at("a"), "two", 0644));
  EXPECT_EQ(*files_.read(at("a")), "two");
  EXPECT_EQ(mode("a"), 0644);
  EXPECT_EQ(*files_.list(path_), std::vector<std::string>{"a"});
}

TEST_F(AtomicFile, DoesNotWriteThroughALink) {
  ASSERT_TRUE(files_.write(at("victim"), "safe", 0644));
  ASSERT_TRUE(files_.write_link(at("a"), "victim"));
  EXPECT_FALSE(files_.write(at("a"), "evil", 0644));
  EXPECT_EQ(*files_.read(at("victim")), "safe");
  EXPECT_EQ(files_.list(path_)->size(), 2u);
}

TEST_F(AtomicFile, DoesNotGoThroughALinkedFolder) {
  ASSERT_TRUE(files_.make_folder(at("real"), 0755));
  ASSERT_TRUE(files_.write_link(at("linked"), "real"));
  EXPECT_FALSE(files_.write(at("linked/a"), "x", 0644));
}

TEST_F(AtomicFile, RefusesAFolderThatOthersCanWrite) {
  ASSERT_TRUE(files_.make_folder(at("open"), 0777));
  const sys::Status status = files_.write(at("open/a"), "x", 0644);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().text.find("others can write to the folder"), std::string::npos);
  EXPECT_TRUE(files_.list(at("open"))->empty());
}

TEST_F(AtomicFile, ReplacesALinkAsAWhole) {
  ASSERT_TRUE(files_.write_link(at("l"), "one"));
  ASSERT_TRUE(files_.write_link(at("l"), "two"));
  EXPECT_EQ(*files_.read_link(at("l")), "two");
}

// A limit on the size of files makes a write fail half-way, as a full disk does.
TEST_F(AtomicFile, KeepsTheOldContentWhenTheDiskIsFull) {
  ASSERT_TRUE(files_.write(at("a"), "old", 0644));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const sys::Status status = files_.write(at("a"), std::string(5000, 'x'), 0644);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().sys, EFBIG);
  EXPECT_EQ(*files_.read(at("a")), "old");
  EXPECT_EQ(*files_.list(path_), std::vector<std::string>{"a"});
}

TEST_F(AtomicFile, MakesFoldersWithTheirModes) {
  ASSERT_TRUE(files_.make_folder(at("x/y/z"), 0700));
  EXPECT_EQ(mode("x"), 0755);
  EXPECT_EQ(mode("x/y/z"), 0700);
}

TEST_F(AtomicFile, AppendsLines) {
  ASSERT_TRUE(files_.append(at("log"), "1"));
  ASSERT_TRUE(files_.append(at("log"), "2"));
  EXPECT_EQ(*files_.read(at("log")), "1\n2\n");
  EXPECT_EQ(mode("log"), 0600);
}

using LockFile = Folder;

TEST_F(LockFile, NamesItsHolderToWhoComesSecond) {
  fake::Clock clock;
  sys::LockHolder other;
  const sys::LockHolder first{42, "ann", "wsgictl apply", "2026-01-02T03:04:05Z"};
  auto held = sys::Lock::take(at("lock"), first, milliseconds(0), clock, other);
  ASSERT_TRUE(held);
  ASSERT_TRUE(*held);
  const sys::LockHolder second{43, "bob", "wsgictl rollback", ""};
  const auto refused = sys::Lock::take(at("lock"), second, milliseconds(10000), clock, other);
  ASSERT_TRUE(refused);
  EXPECT_FALSE(*refused);
  EXPECT_GE(clock.now, milliseconds(10000));
  EXPECT_EQ(other.pid, 42);
  EXPECT_EQ(other.user, "ann");
  EXPECT_EQ(other.command, "wsgictl apply");
  held->reset();
  EXPECT_TRUE(sys::Lock::take(at("lock"), second, milliseconds(0), clock, other)->has_value());
  EXPECT_TRUE(files_.look(at("lock"))->has_value());
}

TEST(Process, CapturesBothStreamsAndTheStatus) {
  const auto r =
      sys::run_process({"sh", "-c", "echo out; echo err >&2; exit 3"}, milliseconds(20000));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->output, "out\n");
  EXPECT_EQ(r->errors, "err\n");
  EXPECT_EQ(r->status, 3);
}

TEST(Process, TakesWordsAsTheyAre) {
  const auto r = sys::run_process({"printf", "%s", "a b;$(id)`id`"}, milliseconds(20000));
  ASSERT_TRUE(r);
  EXPECT_EQ(r->output, "a b;$(id)`id`");
}

TEST(Process, EndsAtTheDeadlineWithItsChildren) {
  const auto r = sys::run_process({"sh", "-c", "sleep 600 & sleep 600"}, milliseconds(50));
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->timed_out);
  EXPECT_FALSE(r->good());
}

TEST(Process, DoesNotWaitForWhatStaysInTheBackground) {
  const auto start = sys::real_clock().steady();
  const auto r = sys::run_process({"sh", "-c", "sleep 20 & echo $!"}, milliseconds(15000));
  ASSERT_TRUE(r);
  EXPECT_FALSE(r->timed_out);
  EXPECT_LT(sys::real_clock().steady() - start, milliseconds(15000));
  ::kill(static_cast<pid_t>(std::atoi(r->output.c_str())), SIGKILL);
}

TEST(Process, SaysWhichProgramIsMissing) {
  const auto r = sys::run_process({"/nowhere/program"}, milliseconds(1000));
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().text.find("/nowhere/program"), std::string::npos);
  EXPECT_EQ(r.error().sys, ENOENT);
}

TEST(Sha256, IsTheStandardOne) {  // FIPS 180-4, "abc"
  EXPECT_EQ(sys::sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

struct Release {
  const char* text;
  const char* target;
};

class DetectLayout : public Folder, public ::testing::WithParamInterface<Release> {};

TEST_P(DetectLayout, ByOsRelease) {
  ASSERT_TRUE(files_.make_folder(at("etc"), 0755));
  ASSERT_TRUE(files_.write(at("etc/os-release"), GetParam().text, 0644));
  const auto layout = host::detect_layout(path_);
  EXPECT_EQ(layout ? layout->target : "none", GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    Systems, DetectLayout,
    ::testing::Values(
        Release{"ID=debian\nVERSION_ID=\"12\"\n", "debian-12"},
        Release{"ID=debian\nVERSION_ID=\"13\"\n", "debian-13"}, Release{"ID=debian\n", "debian-13"},
        Release{"ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n", "debian-13"},
        Release{"ID=\"rhel\"\nVERSION_ID=\"8.10\"\n", "rhel-8"},
        Release{"ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9.5\n", "rhel-9"},
        Release{"ID=almalinux\nID_LIKE='rhel centos fedora'\nVERSION_ID=\"10.0\"\n", "rhel-10"},
        Release{"ID=fedora\nVERSION_ID=43\n", "rhel-10"},
        Release{"ID=alpine\nVERSION_ID=3.20\n", "none"}, Release{"", "none"}));

TEST(Layout, KnowsItsTargetsOnly) {
  EXPECT_EQ(host::layout("debian-12")->sites_enabled, "/etc/apache2/sites-enabled");
  EXPECT_EQ(host::layout("rhel-9")->sites_enabled, "");
  EXPECT_FALSE(host::layout("debian-11"));
}

TEST(ServerFacts, AreReadFromTheDump) {
  const host::ServerFacts facts = host::parse_facts(
      "ServerRoot: \"/etc/apache2\"\nMain ErrorLog: \"/var/log/apache2/error.log\"\n"
      "PidFile: \"/run/apache2/apache2.pid\"\nLoaded Modules:\n core_module (static)\n"
      " mpm_event_module (shared)\n wsgi_module (shared)\n");
  EXPECT_EQ(facts.pid_file, "/run/apache2/apache2.pid");
  EXPECT_EQ(facts.error_log, "/var/log/apache2/error.log");
  EXPECT_EQ(facts.modules, (std::vector<std::string>{"core", "mpm_event", "wsgi"}));
  EXPECT_EQ(host::parse_facts("Main ErrorLog: \"|/usr/bin/logger\"\n").error_log, "");
}

struct Modules : ::testing::Test {
  fake::Fate fate;
  fake::Files files{fate};
  diag::Diagnostics diagnostics;
  host::Layout layout = *host::layout("debian-12");

  void available(const std::string& name, const std::string& text) {
    files.entries["/etc/apache2/mods-available/" + name] = {sys::FileKind::file, 0644, text};
  }
  host::ModulesToEnable enable(const std::vector<std::string>& needed) {
    return host::modules_to_enable(needed, {"core", "mime"}, layout, "/", false, files,
                                   diagnostics);
  }
};

TEST_F(Modules, BringWhatTheyDependOn) {
  available("ssl.load", "# Depends: setenvif mime socache_shmcb\nLoadModule ssl_module x\n");
  available("ssl.conf", "\n");
  available("setenvif.load", "LoadModule\n");
  available("socache_shmcb.load", "LoadModule\n");
  const auto result = enable({"ssl", "mime"});
  EXPECT_EQ(result.names, (std::vector<std::string>{"setenvif", "socache_shmcb", "ssl"}));
  ASSERT_EQ(result.links.size(), 4u);
  EXPECT_EQ(result.links[2].path, "/etc/apache2/mods-enabled/ssl.load");
  EXPECT_EQ(result.links[3].target, "../mods-available/ssl.conf");
  EXPECT_FALSE(diagnostics.has_errors());
}

TEST_F(Modules, AreNotSwitchedOnAgainAgainstTheAdministrator) {
  available("ssl.load", "LoadModule\n");
  files.entries["/var/lib/apache2/module/disabled_by_admin/ssl"] = {};
  EXPECT_TRUE(enable({"ssl"}).names.empty());
  ASSERT_EQ(diagnostics.items().size(), 1u);
  EXPECT_EQ(diagnostics.items()[0].code, "WCTL3003");
}

TEST_F(Modules, ThatAreNotInstalledAreAnError) {
  EXPECT_TRUE(enable({"md"}).names.empty());
  EXPECT_EQ(diagnostics.items()[0].code, "WCTL3002");
}

}  // namespace
}  // namespace wsgictl
