// SPDX-License-Identifier: Apache-2.0
// A daemon executable without Python, for tests of the supervisor: reads its boot record, speaks
// control, and does what its title (argv[0]) says. Over a connection that was handed over it takes
// one-word orders, one a connection, and answers with one line.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "transport/boot.h"
#include "transport/control.h"
#include "transport/handover.h"
#include "transport/page.h"
#include "transport/permits.h"

namespace {

using namespace wsgi;
using namespace wsgi::transport;

bool g_stubborn = false;

void say(const ControlMessage& message) {
  if (!send_control(kControlFd, message)) _exit(9);
}

std::string open_descriptors() {
  std::string list;
  DIR* folder = opendir("/proc/self/fd");
  std::vector<int> all;
  while (const dirent* entry = readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(folder)) all.push_back(fd);
  }
  closedir(folder);
  std::sort(all.begin(), all.end());
  for (int fd : all) list += (list.empty() ? "" : ",") + std::to_string(fd);
  return list;
}

std::string value(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "-";
}

std::string report(const char* title) {
  char* folder = get_current_dir_name();
  rlimit files{}, data{};
  getrlimit(RLIMIT_CPU, &files);
  getrlimit(RLIMIT_DATA, &data);
  const mode_t mask = umask(0);
  std::string text =
      "pid=" + std::to_string(getpid()) + " uid=" + std::to_string(getuid()) +
      " gid=" + std::to_string(getegid()) + " groups=" + std::to_string(getgroups(0, nullptr)) +
      " cwd=" + folder + " umask=" + std::to_string(mask) + " title=" + title +
      " fds=" + open_descriptors() + " home=" + value("HOME") + " lang=" + value("LANG") +
      " secret=" + value("SECRET") + " cpu=" + std::to_string(files.rlim_cur) + "/" +
      std::to_string(files.rlim_max) + " data=" + std::to_string(data.rlim_cur) +
      " nice=" + std::to_string(getpriority(PRIO_PROCESS, 0)) + "\n";
  std::free(folder);
  return text;
}

// Answers first, so that the test reads it whatever happens next.
void obey(const std::string& order, int connection, const char* title, const BootRecord& boot) {
  std::string answer = std::to_string(getpid()) + "\n";
  if (order == "report") answer = report(title);
  if (order == "warm") {
    answer = boot.warm.empty() ? "nothing\n" : boot.warm[0].script + "\n";
  }
  (void)!write(connection, answer.data(), answer.size());
  if (order == "crash") {
    (void)!write(2, "last words\n", 11);
    signal(SIGSEGV, SIG_DFL);  // a sanitizer may hold it
    raise(SIGSEGV);
  }
  if (order == "recycle") say(RecycleMessage{Cause::maximum_requests, 0});
  if (order == "leave") {
    say(LeavingMessage{Cause::script_reload, 0, 5000});
    _exit(0);
  }
  if (order == "stubborn") g_stubborn = true;
  if (order == "loaded") say(LoadedMessage{"/srv/app/wsgi.py", ""});
  if (order == "burst") {
    kill(getppid(), SIGSTOP);
    for (int i = 0; i < 100; ++i) say(LogRecord{.level = Level::error, .text = "of a burst"});
    say(LeavingMessage{Cause::script_reload, 0, 5000});
    _exit(0);
  }
  if (order == "nonsense") (void)!write(kControlFd, "nonsense", 8);
  if (order == "log") say(LogRecord{.level = Level::error, .text = "a line by control"});
  if (order == "flood") {
    for (int i = 0; i < 6000; ++i) (void)!write(1, "flood\n", 6);
  }
}

}  // namespace

int main(int, char** argv) {
  const std::string title = argv[0];
  auto boot = read_boot(kBootFd);
  if (!boot) return 10;
  auto page = Page::map(kPageFd, boot->shape);
  if (!page) return 11;
  close(kBootFd);
  for (int fd : {kControlFd, kReceivingFd, kPageFd}) fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (title == "fails") {
    say(FailedMessage{StartStep::python, ENOENT, "no Python here"});
    return 1;
  }
  if (title == "hangs") {
    for (;;) pause();
  }
  say(ReadyMessage{.ipc = static_cast<std::uint16_t>(title == "old" ? 99 : kIpcVersion),
                   .python_version = "3.11.2",
                   .build = "test"});
  pollfd ends[2] = {{kControlFd, POLLIN, 0}, {kReceivingFd, POLLIN, 0}};
  for (;;) {
    poll(ends, 2, 20);
    const SlotWord word = load_word(*page, boot->slot);
    if (word.state == SlotState::ready && word.generation > boot->generation) return 0;
    if (ends[0].revents != 0) {
      std::byte buffer[kMaxControl];
      auto got = receive_control(kControlFd, buffer);
      if (got && got->message.empty()) {
        ends[0].fd = -1;  // the supervisor has died: serve until replaced
      } else if (got && !g_stubborn) {
        auto message = decode_control(got->message, Peer::child);
        if (message && std::holds_alternative<DrainMessage>(*message)) return 0;
      }
      ends[0].revents = 0;
    }
    if (ends[1].revents != 0) {
      ReceivedHandOver got = receive_handover(kReceivingFd);
      ends[1].revents = 0;
      if (got.got == HandOverGot::ended) return 0;  // nobody is left to send anything
      if (got.got != HandOverGot::connection) continue;
      if (got.message.generation != boot->generation) continue;
      char order[64];
      const ssize_t size = read(got.connection.get(), order, sizeof order);
      if (size > 0) {
        obey(std::string(order, static_cast<std::size_t>(size)), got.connection.get(), argv[0],
             *boot);
      }
    }
  }
}
