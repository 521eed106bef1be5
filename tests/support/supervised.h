// SPDX-License-Identifier: Apache-2.0
// A test as Apache's parent: real supervisors, real processes of fake_daemon, a log that is a file.
// The test is the subreaper of all it starts, so that nothing escapes and pids are never guessed.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "supervisor/generations.h"
#include "transport/handover.h"
#include "transport/permits.h"

namespace wsgi::test {

using namespace std::chrono_literals;
using namespace wsgi::supervisor;

// Appends each record as a line, in whichever process.
class FileLog : public Log {
 public:
  explicit FileLog(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  bool enabled(Level) const override { return true; }
  void write(Level level, LogStream, std::string_view text) override {
    const std::string line =
        std::to_string(static_cast<int>(level)) + " " + std::string(text) + "\n";
    (void)!::write(file_.get(), line.data(), line.size());
  }

 private:
  Fd file_;
};
class FileLogs : public Logs {
 public:
  explicit FileLogs(const std::string& path) : log_(path) {}
  Log& of(std::uint32_t) override { return log_; }

 private:
  FileLog log_;
};

class Supervised : public ::testing::Test {
 protected:
  Supervised() : log_(new_log()), own_log_(log_) { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
  ~Supervised() override {
    generations_.stop();
    EXPECT_TRUE(wait_for([] { return ::waitpid(-1, nullptr, WNOHANG) < 0; }))
        << "a process is left behind";
    std::filesystem::remove(log_);
  }

  static std::string new_log() {
    std::string path = (std::filesystem::temp_directory_path() / "supervised-XXXXXX").string();
    Fd made(::mkstemp(path.data()));
    return path;
  }
  // A group whose daemons do what `title` says.
  static GroupSettings group(const std::string& name, const std::string& title = "serves") {
    GroupSettings settings;
    settings.options.name = name;
    settings.options.display_name = title;
    settings.options.threads = 4;
    settings.options.shutdown_timeout = 5;
    settings.runtime.reset(::open(WSGI_FAKE_DAEMON, O_RDONLY | O_CLOEXEC));
    settings.runtime_path = WSGI_FAKE_DAEMON;
    settings.targets = {"/srv/app"};
    return settings;
  }
  pid_t start(GroupSettings settings) {
    std::vector<GroupSettings> groups;
    groups.push_back(std::move(settings));
    return start(std::move(groups));
  }
  pid_t start(std::vector<GroupSettings> groups) {
    auto pid = generations_.start(std::move(groups), {std::make_unique<FileLogs>(log_), {}});
    EXPECT_TRUE(pid);
    return pid ? *pid : 0;
  }
  // What httpd's parent does with ended children; true when the condition holds in time.
  bool wait_for(const std::function<bool()>& condition, std::chrono::seconds limit = 20s) {
    const Deadline deadline = Deadline::in(limit);
    while (!condition()) {
      if (deadline.expired()) return false;
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid > 0) (void)generations_.on_exit(pid, status, own_log_);
      ::poll(nullptr, 0, 1);
    }
    return true;
  }
  std::string log_text() const {
    std::ifstream file(log_);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }
  bool logged(const std::string& part) {
    return wait_for([&] { return log_text().find(part) != std::string::npos; });
  }
  static transport::SlotWord word(const DaemonGroup& group, std::size_t slot = 0) {
    return transport::load_word(group.page, slot);
  }
  bool wait_state(const DaemonGroup& group, transport::SlotState state, std::size_t slot = 0) {
    return wait_for([&] { return word(group, slot).state == state; });
  }
  bool wait_ready(const DaemonGroup& group, std::uint32_t generation = 1, std::size_t slot = 0) {
    return wait_for([&] {
      const auto now = word(group, slot);
      return now.state == transport::SlotState::ready && now.generation >= generation;
    });
  }
  // Sends an order to the slot's occupant; its answer, "" when the connection was closed unread.
  std::string order(const DaemonGroup& group, std::string_view text, std::size_t slot = 0) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Fd near(ends[0]);
    Fd far(ends[1]);
    EXPECT_EQ(::write(near.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    const transport::HandOver message{.version = transport::kIpcVersion,
                                      .generation = word(group, slot).generation};
    EXPECT_EQ(transport::send_handover(group.pairs[slot].sending.get(), message, far.get()),
              transport::HandOverSent::sent);
    far.reset();
    std::string answer;
    pollfd wait{near.get(), POLLIN, 0};
    char buffer[1024];
    for (int some; (some = ::poll(&wait, 1, 20'000)) != 0;) {
      if (some < 0 && errno == EINTR) continue;  // the supervisor's nudge
      const ssize_t got = ::read(near.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      answer.append(buffer, static_cast<std::size_t>(got));
      if (answer.back() == '\n') break;
    }
    if (!answer.empty()) answer.pop_back();
    return answer;
  }
  pid_t pid_of(const DaemonGroup& group, std::size_t slot = 0) {
    return static_cast<pid_t>(std::atoi(order(group, "pid", slot).c_str()));
  }
  const DaemonGroup& current(std::string_view name) { return *generations_.find(name); }

  std::string log_;
  FileLog own_log_;
  Generations generations_;
};

// Whether any process is in the process group, zombies that we can reap apart.
inline bool group_is_empty(pid_t group) {
  while (::waitpid(-group, nullptr, WNOHANG) > 0) {
  }
  return ::kill(-group, 0) != 0;
}

}  // namespace wsgi::test
