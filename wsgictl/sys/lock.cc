// SPDX-License-Identifier: Apache-2.0
// flock with the holder's particulars inside; see lock.h.
#include "sys/lock.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "json/json.h"
#include "sys/atomic_file.h"

namespace wsgictl::sys {
namespace {

constexpr std::chrono::milliseconds kRetry{50};

LockHolder parse(const std::string& text) {
  const auto json = parse_json(text);
  LockHolder holder;
  if (!json.is_object()) return holder;
  const auto word = [&](const char* key) {
    const auto it = json.find(key);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  if (const auto it = json.find("pid"); it != json.end() && it->is_number_integer())
    holder.pid = it->get<long>();
  holder.user = word("user");
  holder.command = word("command");
  holder.since = word("since");
  return holder;
}

// In place, under the lock: a rename would leave others waiting for a file that has gone.
Status sign(int fd, const LockHolder& self, const std::string& path) {
  const std::string text = json_text(Json{{"pid", self.pid},
                                          {"user", self.user},
                                          {"command", self.command},
                                          {"since", self.since}}) +
                           "\n";
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return failure("cannot write", path, errno);
  return wsgi::ok();
}

}  // namespace

Result<std::optional<Lock>> Lock::take(const std::string& path, const LockHolder& self,
                                       std::chrono::milliseconds timeout, Clock& clock,
                                       LockHolder& other) {
  wsgi::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failure("cannot open the lock", path, errno);
  const auto end = clock.steady() + timeout;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failure("cannot lock", path, errno);
    if (clock.steady() >= end) {
      if (const auto text = read_file(path)) other = parse(*text);
      return std::optional<Lock>();
    }
    clock.sleep(kRetry);
  }
  WSGI_TRY(sign(fd.get(), self, path));
  return std::optional<Lock>(Lock(std::move(fd)));
}

LockHolder this_process(std::string command, Clock& clock) {
  LockHolder self;
  self.pid = ::getpid();
  const passwd* entry = ::getpwuid(::getuid());
  self.user = entry != nullptr ? entry->pw_name : std::to_string(::getuid());
  self.command = std::move(command);
  self.since = clock.utc();
  return self;
}

}  // namespace wsgictl::sys
