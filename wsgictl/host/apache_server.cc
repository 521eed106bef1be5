// SPDX-License-Identifier: Apache-2.0
// Calls of a real Apache and watching it through /proc; see apache_server.h.
#include "host/apache_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "sys/files.h"

namespace wsgictl::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kTestDeadline{60};
constexpr seconds kControlDeadline{90};
constexpr seconds kServeDeadline{60};
constexpr milliseconds kLook{20};
// Notices cannot be suppressed in an error log that is a file (manual, LogLevel), so this line
// tells reliably that a new configuration serves.
constexpr std::string_view kServing = "resuming normal operations";

wsgi::Fail fail(std::string text) { return {wsgi::ErrorId::internal, std::move(text), 0}; }

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

bool alive(pid_t pid) {
  if (::kill(pid, 0) != 0 && errno != EPERM) return false;
  // A parent that ended and was not collected yet still answers to kill.
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return false;
  const std::size_t end = line.rfind(')');
  return end == std::string::npos || end + 2 >= line.size() || line[end + 2] != 'Z';
}

// A pid file outlives a crash, and its number may belong to somebody else by then.
bool is_program(pid_t pid, const std::string& program) {
  std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
  std::string comm;
  if (!std::getline(name, comm)) return false;
  const std::string base = program.substr(program.rfind('/') + 1);
  return base.starts_with(comm) || comm.starts_with("apache2") || comm.starts_with("httpd");
}

std::set<pid_t> children(pid_t parent) {
  const std::string pid = std::to_string(parent);
  std::ifstream list("/proc/" + pid + "/task/" + pid + "/children");
  std::set<pid_t> pids;
  for (pid_t child = 0; list >> child;) pids.insert(child);
  return pids;
}

std::string last_lines(const std::string& text, int count) {
  std::size_t at = text.size();
  for (int i = 0; i <= count && at != std::string::npos && at > 0; ++i)
    at = text.rfind('\n', at - 1);
  return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

}  // namespace

Instance system_instance(const Layout& layout, const std::string& root) {
  Instance instance;
  instance.root = root;
  if (root != "/") instance.command = {"chroot", root};
  instance.command.push_back(layout.control);
  if (root == "/" && ::access("/run/systemd/system", F_OK) == 0) instance.service = layout.service;
  return instance;
}

Instance private_instance(const std::string& program, const std::string& config) {
  Instance instance;
  instance.command = {program, "-f", config};
  return instance;
}

ServerFacts parse_facts(const std::string& dump) {
  ServerFacts facts;
  std::istringstream lines(dump);
  const auto quoted = [](const std::string& line) {
    const std::size_t first = line.find('"');
    const std::size_t last = line.rfind('"');
    return first < last ? line.substr(first + 1, last - first - 1) : std::string();
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("PidFile: ")) facts.pid_file = quoted(line);
    if (line.starts_with("Main ErrorLog: ")) facts.error_log = quoted(line);
    const std::size_t end = line.find("_module (");
    if (line.starts_with(" ") && end != std::string::npos)
      facts.modules.push_back(line.substr(1, end - 1));
  }
  if (!facts.error_log.starts_with('/')) facts.error_log.clear();
  return facts;
}

ApacheServer::ApacheServer(Instance instance, sys::Clock& clock)
    : instance_(std::move(instance)), clock_(clock) {}

sys::Result<sys::ProcessResult> ApacheServer::call(const std::vector<std::string>& arguments,
                                                   milliseconds deadline) {
  std::vector<std::string> argv = instance_.command;
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return sys::run_process(argv, deadline);
}

wsgi::Status ApacheServer::test() {
  WSGI_ASSIGN(const sys::ProcessResult result, call({"-t"}, kTestDeadline));
  if (result.timed_out) return fail("the configuration test did not end within 60 s");
  if (!result.good()) return fail(trimmed(result.errors + result.output));
  return wsgi::ok();
}

wsgi::Result<ServerFacts> ApacheServer::facts() {
  WSGI_ASSIGN(const sys::ProcessResult result,
              call({"-t", "-D", "DUMP_RUN_CFG", "-D", "DUMP_MODULES"}, kTestDeadline));
  if (!result.good()) return fail(trimmed(result.errors + result.output));
  ServerFacts facts = parse_facts(result.output);
  if (facts.pid_file.empty()) return fail("Apache does not name its PidFile");
  known_ = facts;
  return facts;
}

pid_t ApacheServer::parent() {
  if (!known_ && !facts()) return 0;
  const auto text = sys::real_files().read(sys::below(instance_.root, known_->pid_file));
  if (!text) return 0;
  const pid_t pid = static_cast<pid_t>(std::strtol(text->c_str(), nullptr, 10));
  const std::string& program =
      instance_.root == "/" ? instance_.command.front() : instance_.command[2];
  return pid > 1 && alive(pid) && is_program(pid, program) ? pid : 0;
}

wsgi::Status ApacheServer::control(const char* verb, const char* systemd_verb) {
  std::vector<std::string> argv = instance_.command;
  if (instance_.service.empty()) {
    argv.insert(argv.end(), {"-k", verb});
  } else {
    argv = {"systemctl", systemd_verb, instance_.service};
  }
  WSGI_ASSIGN(const sys::ProcessResult result, sys::run_process(argv, kControlDeadline));
  if (result.timed_out) return fail(argv[0] + " did not end within 90 s");
  if (!result.good()) return fail(trimmed(result.errors + result.output));
  return wsgi::ok();
}

wsgi::Status ApacheServer::reload() {
  const pid_t before = parent();
  if (before == 0) return fail("Apache is not running");
  const std::set<pid_t> old_children = children(before);
  mark_log();
  WSGI_TRY(control("graceful", "reload"));
  return wait_until_serving(before, old_children);
}

wsgi::Status ApacheServer::start() {
  mark_log();
  // A pid file that names no Apache (killed, not collected by its parent, number used again) makes
  // Apache believe that it runs already.
  if (parent() == 0 && known_) ::unlink(sys::below(instance_.root, known_->pid_file).c_str());
  WSGI_TRY(control("start", "start"));
  const auto end = clock_.steady() + kServeDeadline;
  // The program goes into the background before its parent has written the pid file.
  while (clock_.steady() < end) {
    if (const pid_t pid = parent(); pid != 0) return wait_until_serving(pid, {});
    clock_.sleep(kLook);
  }
  return fail("Apache was started, but has written no pid file\n" + log_since_reload());
}

wsgi::Status ApacheServer::stop() {
  const pid_t pid = parent();
  if (pid == 0) return wsgi::ok();
  WSGI_TRY(control("stop", "stop"));
  const auto end = clock_.steady() + kServeDeadline;
  while (alive(pid) && clock_.steady() < end) clock_.sleep(kLook);
  return alive(pid) ? wsgi::Status(fail("Apache did not stop within 60 s")) : wsgi::ok();
}

// Without an error log to read, new children tell that the configuration was taken; they get half
// a second, since a parent that fails later takes them with it.
wsgi::Status ApacheServer::wait_until_serving(pid_t parent, const std::set<pid_t>& old_children) {
  const auto end = clock_.steady() + kServeDeadline;
  std::optional<milliseconds> changed;
  while (clock_.steady() < end) {
    if (!alive(parent)) return fail("Apache ended during the reload\n" + log_since_reload());
    if (log_mark_ >= 0) {
      if (new_log_text().find(kServing) != std::string::npos) return wsgi::ok();
    } else if (children(parent) != old_children) {
      if (!changed) changed = clock_.steady();
      if (clock_.steady() - *changed > milliseconds(500)) return wsgi::ok();
    }
    clock_.sleep(kLook);
  }
  return fail("Apache did not take the new configuration within 60 s\n" + log_since_reload());
}

void ApacheServer::mark_log() {
  log_mark_ = -1;
  if (!known_ || known_->error_log.empty()) return;
  struct stat info;
  const std::string path = sys::below(instance_.root, known_->error_log);
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) log_mark_ = 0;
  } else if (S_ISREG(info.st_mode) && ::access(path.c_str(), R_OK) == 0) {
    log_mark_ = static_cast<long>(info.st_size);
  }
}

std::string ApacheServer::new_log_text() const {
  if (log_mark_ < 0) return "";
  std::ifstream log(sys::below(instance_.root, known_->error_log), std::ios::binary);
  log.seekg(log_mark_);
  std::ostringstream text;
  text << log.rdbuf();
  return text.str();
}

std::string ApacheServer::log_since_reload() { return trimmed(last_lines(new_log_text(), 20)); }

}  // namespace wsgictl::host
