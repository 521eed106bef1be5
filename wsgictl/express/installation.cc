// SPDX-License-Identifier: Apache-2.0
// Looking around; see installation.h.
#include "express/installation.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <sstream>

#include "base/fd.h"
#include "sys/process.h"

namespace wsgictl::express {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kListDeadline{20};

}  // namespace

std::optional<std::string> find_module(const host::Layout& layout) {
  std::error_code error;
  const fs::path prefix = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
  for (const fs::path& module :
       {prefix / "lib/apache2/modules/mod_wsgi.so", fs::path(layout.module_dir) / "mod_wsgi.so"})
    if (fs::exists(module, error)) return module.string();
  return std::nullopt;
}

std::vector<std::string> parse_built_in(const std::string& output) {
  std::vector<std::string> names;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    // "  mod_log_config.c"; the MPM has no prefix: "  event.c"
    const std::size_t start = line.find_first_not_of(' ');
    if (start == 0 || start == std::string::npos || !line.ends_with(".c")) continue;
    std::string name = line.substr(start, line.size() - start - 2);
    if (name.starts_with("mod_")) name.erase(0, 4);
    names.push_back(std::move(name));
  }
  return names;
}

sys::Result<std::vector<std::string>> built_in_modules(const std::string& httpd) {
  WSGI_ASSIGN(const sys::ProcessResult result, sys::run_process({httpd, "-l"}, kListDeadline));
  if (!result.good())
    return sys::Fail{wsgi::ErrorId::internal, httpd + " -l failed: " + result.errors, 0};
  return parse_built_in(result.output);
}

sys::Result<int> free_port(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), "0", &hints, &list) != 0)
    return sys::failure("not an address:", host, EINVAL);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(list, ::freeaddrinfo);
  const wsgi::Fd fd(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (!fd || ::bind(fd.get(), list->ai_addr, list->ai_addrlen) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return sys::failure("cannot listen on", host, errno);
  // sin_port and sin6_port are at the same place.
  return static_cast<int>(ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port));
}

}  // namespace wsgictl::express
