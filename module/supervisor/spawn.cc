// SPDX-License-Identifier: Apache-2.0
#include "supervisor/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "supervisor/limits.h"
#include "supervisor/privileges.h"
#include "transport/control.h"

namespace wsgi::supervisor {
namespace {

using transport::StartStep;

constexpr int kLastFd = transport::kBootFd;  // of a daemon
constexpr int kSpareFd = 16;                 // sources are moved above this first
constexpr int kExitFailed = 71;              // EX_OSERR: not a code that Python uses

// All that the child needs, made before fork.
struct Prepared {
  const config::DaemonOptions* options;
  std::string directory;
  std::vector<char*> argv, envp;
  std::array<int, kLastFd + 1> sources;  // by their number in the daemon
  int runtime;
  int control;
  std::uint64_t open_files;
};

[[noreturn]] void give_up(int control, StartStep step, int sys, std::string_view text) {
  (void)transport::send_control(control, transport::FailedMessage{step, sys, text});
  ::_exit(kExitFailed);
}

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Nothing of Apache's or of another module's may reach the daemon, whatever its flags.
void close_all_on_exec() {
#ifdef SYS_close_range
  constexpr unsigned kCloexec = 1U << 2;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
  if (::syscall(SYS_close_range, 3U, ~0U, kCloexec) == 0) return;
#endif
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  ::closedir(folder);
}

// dup2 clears close-on-exec on the numbers that the daemon keeps.
bool place_descriptors(Prepared& prepared) {
  for (int& source : prepared.sources) {
    source = ::fcntl(source, F_DUPFD_CLOEXEC, kSpareFd);
    if (source < 0) return false;
  }
  prepared.runtime = ::fcntl(prepared.runtime, F_DUPFD_CLOEXEC, kSpareFd);
  if (prepared.runtime < 0) return false;
  prepared.control = prepared.sources[transport::kControlFd];
  for (int number = 0; number <= kLastFd; ++number) {
    if (::dup2(prepared.sources[static_cast<std::size_t>(number)], number) < 0) return false;
  }
  return true;
}

[[noreturn]] void become_daemon(Prepared& prepared) {
  const config::DaemonOptions& options = *prepared.options;
  const Warn warn = [&](ErrorId id, std::string_view text, int sys) {
    const std::string line = error_code(id) + ": process group '" + options.name +
                             "': " + describe({id, std::string(text), sys});
    (void)transport::send_control(prepared.control,
                                  transport::LogRecord{.level = Level::warning, .text = line});
  };
  const auto check = [&](const PrivilegeFailure& failure) {
    if (failure.step == StartStep::none) return;
    give_up(prepared.control, failure.step, failure.sys, failure.text);
  };
  reset_signals();
  close_all_on_exec();
  set_priority(options, warn);
  check(drop_privileges(options));
  check(enter_directory(prepared.directory, options));
  set_limits(options, warn);
  if (!place_descriptors(prepared)) {
    give_up(prepared.control, StartStep::descriptors, errno, "descriptors cannot be placed");
  }
  set_open_files(prepared.open_files, warn);  // after numbers beyond it were needed
  // By descriptor: a package upgrade in between cannot mix builds in one generation.
  ::syscall(SYS_execveat, prepared.runtime, "", prepared.argv.data(), prepared.envp.data(),
            AT_EMPTY_PATH);
  give_up(prepared.control, StartStep::exec, errno, "the runtime cannot be executed");
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

void set(std::vector<std::string>& environment, const std::string& name, const std::string& value,
         bool only_if_there = false) {
  const std::string prefix = name + "=";
  for (std::string& one : environment) {
    if (one.compare(0, prefix.size(), prefix) == 0) {
      one = prefix + value;
      return;
    }
  }
  if (!only_if_there) environment.push_back(prefix + value);
}

}  // namespace

std::string process_title(const config::DaemonOptions& options) {
  if (options.display_name.empty() || options.display_name == "%{GROUP}") {
    return "(wsgi:" + options.name + ")";
  }
  return options.display_name;
}

std::vector<std::string> daemon_environment(const config::DaemonOptions& options,
                                            const Variables& files) {
  std::vector<std::string> environment;
  for (char** one = ::environ; one != nullptr && *one != nullptr; ++one)
    environment.push_back(*one);
  if (!options.user_home.empty()) set(environment, "HOME", options.user_home);
  if (!options.user_name.empty()) {
    for (const char* name : {"USER", "USERNAME", "LOGNAME"}) {
      set(environment, name, options.user_name, true);
    }
  }
  if (!options.lang.empty()) set(environment, "LANG", options.lang);
  if (!options.locale.empty()) set(environment, "LC_ALL", options.locale);
  for (const auto& [name, value] : files) set(environment, name, value);
  return environment;
}

Result<Spawned> spawn(const DaemonGroup& group, const transport::BootRecord& boot) {
  const GroupSettings& settings = group.settings;
  const config::DaemonOptions& options = settings.options;
  if (!settings.runtime) return Fail{ErrorId::cfg_runtime_missing, settings.problem};
  const auto failed = [](const char* what) { return Fail{ErrorId::daemon_fork, what, errno}; };

  Spawned spawned;
  Variables variables;
  for (const std::string& path : options.environment_files) {
    WSGI_ASSIGN(EnvFile file, read_env_file(path));
    if (!file.warning.empty()) spawned.warnings.push_back(file.warning);
    for (auto& one : file.variables) variables.push_back(std::move(one));
  }
  WSGI_ASSIGN(Fd record, transport::write_boot(boot));
  Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return failed("/dev/null cannot be opened");
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return failed("a control socket cannot be made");
  }
  spawned.control.reset(ends[0]);
  const Fd control(ends[1]);
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("an output pipe cannot be made");
  spawned.output.reset(ends[0]);
  const Fd output(ends[1]);
  // Only our ends: what the daemon writes must not fail because the pipe is full.
  ::fcntl(spawned.control.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(spawned.output.get(), F_SETFL, O_NONBLOCK);

  std::vector<std::string> title{process_title(options)};
  std::vector<std::string> environment = daemon_environment(options, variables);
  Prepared prepared{
      .options = &options,
      .directory = working_directory(options, settings.server_uid),
      .argv = pointers(title),
      .envp = pointers(environment),
      .sources = {null.get(), output.get(), output.get(), control.get(),
                  group.pairs[boot.slot].receiving.get(), group.page.fd(), record.get()},
      .runtime = settings.runtime.get(),
      .control = control.get(),
      .open_files = settings.open_files,
  };
  spawned.pid = ::fork();
  if (spawned.pid < 0) return failed("fork failed");
  if (spawned.pid == 0) become_daemon(prepared);
  return spawned;
}

}  // namespace wsgi::supervisor
