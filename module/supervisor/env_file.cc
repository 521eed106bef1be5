// SPDX-License-Identifier: Apache-2.0
#include "supervisor/env_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"

namespace wsgi::supervisor {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

std::string_view unquote(std::string_view value) {
  if (value.size() < 2 || value.front() != value.back()) return value;
  if (value.front() != '"' && value.front() != '\'') return value;
  return value.substr(1, value.size() - 2);
}

Fail bad(std::string_view file, std::string text, int sys = 0) {
  return {ErrorId::env_file, "environment file '" + std::string(file) + "': " + text, sys};
}

}  // namespace

Result<Variables> parse_env(std::string_view text, std::string_view file) {
  Variables variables;
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    line = trim(line);
    if (line.empty() || line[0] == '#') continue;
    const auto equals = line.find('=');
    const std::string where = "line " + std::to_string(line_number);
    if (equals == std::string_view::npos) return bad(file, where + " is not NAME=VALUE");
    const std::string_view name = trim(line.substr(0, equals));
    if (!is_name(name)) {
      return bad(file, where + ": a name consists of letters, digits and '_'");
    }
    const std::string_view value = unquote(trim(line.substr(equals + 1)));
    if (value.find('\0') != std::string_view::npos) {
      return bad(file, where + ": a value cannot contain a NUL");
    }
    variables.emplace_back(name, value);
  }
  return variables;
}

Result<EnvFile> read_env_file(const std::string& path) {
  // Non-blocking, so that a fifo in its place cannot stop the supervisor.
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return bad(path, "cannot be opened", errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return bad(path, "cannot be examined", errno);
  if (!S_ISREG(info.st_mode)) return bad(path, "is not a regular file");
  if ((info.st_mode & S_IWOTH) != 0) return bad(path, "everybody can write it; take that away");
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return bad(path, "cannot be read", errno);
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxEnvFile) return bad(path, "is larger than 1 MiB");
  }
  EnvFile result;
  WSGI_ASSIGN(result.variables, parse_env(text, path));
  if ((info.st_mode & S_IROTH) != 0) {
    result.warning = "environment file '" + path + "': everybody can read it; mode 0600 or 0640";
  }
  return result;
}

}  // namespace wsgi::supervisor
