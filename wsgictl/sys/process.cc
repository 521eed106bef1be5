// SPDX-License-Identifier: Apache-2.0
// fork, exec, two pipes and a deadline; see process.h.
#include "sys/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"

namespace wsgictl::sys {
namespace {

using Steady = std::chrono::steady_clock;

struct Pipe {
  wsgi::Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure("cannot make", "a pipe", errno);
  return Pipe{wsgi::Fd(ends[0]), wsgi::Fd(ends[1])};
}

// In the child, between fork and exec: system calls only. The errno of a failed exec goes to
// REPORT.
[[noreturn]] void become(char* const* argv, int out, int err, int report) {
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execvp(argv[0], argv);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

// Takes what is there; closes the pipe at its end.
void drain(wsgi::Fd& fd, std::string& into) {
  char buffer[65536];
  while (fd) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n > 0) {
      into.append(buffer, static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      fd.reset();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

int status_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Reads both pipes until the program has ended. A background process may hold them open for ever,
// so the end of the program counts, looked for every 20 ms, not the end of the pipes.
void follow(pid_t pid, wsgi::Fd& out, wsgi::Fd& err, Steady::time_point end,
            ProcessResult& result) {
  for (;;) {
    pollfd fds[2] = {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}};
    ::poll(fds, 2, 20);
    drain(out, result.output);
    drain(err, result.errors);
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      result.status = status_of(status);
      drain(out, result.output);
      drain(err, result.errors);
      return;
    }
    if (Steady::now() < end || result.timed_out) continue;
    result.timed_out = true;
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
  }
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& argv,
                                  std::chrono::milliseconds deadline) {
  WSGI_ASSIGN(Pipe out, make_pipe());
  WSGI_ASSIGN(Pipe err, make_pipe());
  WSGI_ASSIGN(Pipe report, make_pipe());
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  // Messages are parsed (PidFile, module names), so they must not be translated.
  ::setenv("LC_ALL", "C.UTF-8", 1);
  const pid_t pid = ::fork();
  if (pid < 0) return failure("cannot start", argv[0], errno);
  if (pid == 0) become(words.data(), out.write.get(), err.write.get(), report.write.get());

  out.write.reset();
  err.write.reset();
  report.write.reset();
  int error = 0;
  if (::read(report.read.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid, nullptr, 0);
    return failure("cannot start", argv[0], error);
  }
  for (const int fd : {out.read.get(), err.read.get()})
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ProcessResult result;
  follow(pid, out.read, err.read, Steady::now() + deadline, result);
  return result;
}

}  // namespace wsgictl::sys
