// SPDX-License-Identifier: Apache-2.0
// Spawning one daemon as the real supervisor does, without privileges and policy.
#include "support/fake_supervisor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wsgi::test {

using namespace transport;

namespace {

constexpr int kPatienceMs = 10'000;

// Between fork and exec: places descriptors 0 to 6 and closes the rest.
void place(int control, int receiving, int page, int boot) {
  const int given[] = {::open("/dev/null", O_RDWR), 1, 2, control, receiving, page, boot};
  int high[7];
  for (int k = 0; k < 7; ++k) high[k] = ::fcntl(given[k], F_DUPFD, 50);
  for (int k = 0; k < 7; ++k) ::dup2(high[k], k);
  for (int fd = 7; fd < 256; ++fd) ::close(fd);
}

}  // namespace

FakeSupervisor::FakeSupervisor(std::string executable)
    : executable_(std::move(executable)), buffer_(kMaxControl) {
  boot.options.name = "test";
  boot.options.threads = 2;
  boot.generation = 1;
  boot.shape.slots = 1;
  boot.shape.threads = 2;
  boot.log_level = Level::trace8;
  boot.socket_timeout_ms = 10'000;
}

FakeSupervisor::~FakeSupervisor() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

void FakeSupervisor::start() {
  boot.shape.threads = std::max(1u, boot.options.threads);
  if (!page_) {
    auto page = Page::create("test", boot.shape, {});
    auto pair = make_handover_pair(boot.shape.threads);
    ASSERT_TRUE(page && pair);
    page_ = std::move(*page);
    pair_ = std::move(*pair);
  }
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  control_.reset(ends[0]);
  Fd theirs(ends[1]);
  auto record = write_boot(boot);
  ASSERT_TRUE(record);
  pid_ = ::fork();
  ASSERT_GE(pid_, 0);
  if (pid_ == 0) {
    place(theirs.get(), pair_.receiving.get(), page_.fd(), record->get());
    ::execl(executable_.c_str(), "(wsgi:test)", nullptr);
    ::_exit(127);
  }
  page_.slot(0).occupant.pid = static_cast<std::uint32_t>(pid_);
}

void FakeSupervisor::start_ready() {
  start();
  const auto ready = wait_for<ReadyMessage>();
  ASSERT_TRUE(ready) << logs_;
  EXPECT_EQ(ready->ipc, kIpcVersion);
  set_ready(page_, 0, boot.generation);
}

bool FakeSupervisor::receive() {
  pollfd one{control_.get(), POLLIN, 0};
  if (::poll(&one, 1, kPatienceMs) <= 0) {
    ADD_FAILURE() << "nothing came from the daemon";
    return false;
  }
  auto got = receive_control(control_.get(), buffer_);
  if (!got || got->message.empty()) return false;
  auto message = decode_control(got->message, Peer::daemon);
  EXPECT_TRUE(message);
  if (!message) return false;
  last_ = *message;
  if (const auto* log = std::get_if<LogRecord>(&last_)) logs_.append(log->text).append("\n");
  return true;
}

void FakeSupervisor::send(const ControlMessage& message) {
  EXPECT_TRUE(send_control(control_.get(), message));
}

void FakeSupervisor::signal(int number) const { ::kill(pid_, number); }

int FakeSupervisor::wait_exit() {
  // The daemon holds the other end of control until it ends.
  while (control_ && receive()) {
  }
  int status = -1;
  EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
  pid_ = -1;
  set_state(page_, 0, SlotState::starting);
  flush_handovers(pair_.receiving.get());
  return status;
}

ClientOptions FakeSupervisor::client_options() const {
  ClientOptions options;
  options.group = "test";
  options.socket_timeout = std::chrono::seconds(10);
  return options;
}

GroupEnds FakeSupervisor::ends() const { return {&page_, {pair_.sending.get()}}; }

bool FakeSupervisor::logged(std::string_view part) const {
  return logs_.find(part) != std::string::npos;
}

}  // namespace wsgi::test
