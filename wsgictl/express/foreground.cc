// SPDX-License-Identifier: Apache-2.0
// Two children, two pipes, one signalfd; see foreground.h. Asking whether the server answers may
// block for as long as the application starts, so a child of its own does it.
#include "express/foreground.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/fd.h"
#include "sys/clock.h"

namespace wsgictl::express {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAskTimeout{120000};
constexpr milliseconds kAskAgain{50};

struct Pipe {
  wsgi::Fd read, write;
};

sys::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return sys::failure("cannot make", "a pipe", errno);
  return Pipe{wsgi::Fd(ends[0]), wsgi::Fd(ends[1])};
}

sigset_t watched() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD}) ::sigaddset(&set, signal);
  return set;
}

// In a child: signals as a new program expects them, gone when the parent goes.
void become_child(int death_signal, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  if (::getppid() != parent) ::_exit(0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

class Foreground {
 public:
  explicit Foreground(const std::function<void(int)>& on_ready) : on_ready_(on_ready) {}

  ~Foreground() {
    if (asker_ > 0) {
      ::kill(asker_, SIGKILL);
      ::waitpid(asker_, nullptr, 0);
    }
    ::sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
  }

  sys::Status start(const std::vector<std::string>& argv, const plan::HealthTarget& first) {
    const sigset_t set = watched();
    ::sigprocmask(SIG_BLOCK, &set, &old_mask_);
    signals_ = wsgi::Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) return sys::failure("cannot watch", "signals", errno);
    WSGI_TRY(start_server(argv));
    return start_asker(first);
  }

  Ended follow() {
    while (server_ > 0) {
      pollfd fds[3] = {
          {signals_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}, {answer_.get(), POLLIN, 0}};
      if (::poll(fds, 3, -1) < 0 && errno != EINTR) break;
      // What the server said last comes out before its end is acted on.
      if (fds[1].revents != 0) relay();
      if (fds[2].revents != 0) take_answer();
      if (fds[0].revents != 0) take_signals();
    }
    relay();
    return ended_;
  }

 private:
  sys::Status start_server(const std::vector<std::string>& argv) {
    WSGI_ASSIGN(Pipe output, make_pipe());
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const pid_t self = ::getpid();
    server_ = ::fork();
    if (server_ < 0) return sys::failure("cannot start", argv[0], errno);
    if (server_ == 0) {
      ::setpgid(0, 0);
      become_child(SIGTERM, self);
      ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
      ::dup2(output.write.get(), 1);
      ::dup2(output.write.get(), 2);
      ::execv(words[0], words.data());
      ::_exit(127);
    }
    output_ = std::move(output.read);
    ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    return wsgi::ok();
  }

  sys::Status start_asker(const plan::HealthTarget& first) {
    WSGI_ASSIGN(Pipe answer, make_pipe());
    const pid_t self = ::getpid();
    asker_ = ::fork();
    if (asker_ < 0) return sys::failure("cannot start", "a child", errno);
    if (asker_ == 0) {
      become_child(SIGKILL, self);
      ::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole group of the terminal
      apply::HttpProber prober;
      int status = 0;
      while ((status = prober.ask(first, kAskTimeout).status) == 0)
        sys::real_clock().sleep(kAskAgain);
      (void)!::write(answer.write.get(), &status, sizeof status);
      ::_exit(0);
    }
    answer_ = std::move(answer.read);
    return wsgi::ok();
  }

  void relay() {
    char buffer[65536];
    for (;;) {
      const ssize_t n = ::read(output_.get(), buffer, sizeof buffer);
      if (n == 0) output_.reset();
      if (n <= 0) return;
      for (ssize_t done = 0; done < n;) {
        const ssize_t written = ::write(2, buffer + done, static_cast<std::size_t>(n - done));
        if (written < 0 && errno != EINTR) break;  // nobody reads it any more
        if (written > 0) done += written;
      }
    }
  }

  void take_answer() {
    int status = 0;
    const bool complete = ::read(answer_.get(), &status, sizeof status) == sizeof status;
    answer_.reset();
    if (!complete) return;
    ended_.answered = true;
    on_ready_(status);
  }

  void take_signals() {
    signalfd_siginfo info;
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      const int signal = static_cast<int>(info.ssi_signo);
      if (signal == SIGCHLD) {
        reap();
      } else if (signal == SIGTERM || signal == SIGINT) {
        ended_.asked_to_end = true;
        pass_on(SIGTERM);
      } else {
        pass_on(signal);
      }
    }
  }

  void pass_on(int signal) {
    if (server_ > 0) ::kill(server_, signal);
  }

  // All children, as in a container this may be process 1, to which orphans come.
  void reap() {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == asker_) asker_ = 0;
      if (pid != server_) continue;
      server_ = 0;
      ended_.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }

  const std::function<void(int)>& on_ready_;
  sigset_t old_mask_{};
  wsgi::Fd signals_, output_, answer_;
  pid_t server_ = 0, asker_ = 0;
  Ended ended_;
};

}  // namespace

sys::Result<Ended> run_in_foreground(const std::vector<std::string>& argv,
                                     const plan::HealthTarget& first,
                                     const std::function<void(int status)>& on_ready) {
  Foreground foreground(on_ready);
  WSGI_TRY(foreground.start(argv, first));
  return foreground.follow();
}

}  // namespace wsgictl::express
