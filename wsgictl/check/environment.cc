// SPDX-License-Identifier: Apache-2.0
// Parts of virtual environments; see environment.h.
#include "check/environment.h"

#include <algorithm>
#include <string_view>

#include "config/runtimes.h"

namespace wsgictl::check {
namespace {

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::string environment_of(const std::string& given) {
  std::string path = given;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.ends_with("/site-packages") || path.ends_with("/dist-packages"))
    return parent(parent(parent(path)));
  const std::string last = path.substr(path.rfind('/') + 1);
  if (last == "bin") return parent(path);
  const bool program = last.starts_with("python") || last.starts_with("activate");
  if (path.ends_with("/bin/" + last) && program) return parent(parent(path));
  return "";
}

Environment environment_from(const std::string& config) {
  Environment found;
  found.version = wsgi::config::version_of_config(config).value_or("");
  constexpr std::string_view kBlanks = " \t\r";
  for (std::size_t at = 0; at < config.size();) {
    const std::size_t end = std::min(config.find('\n', at), config.size());
    const std::string line = config.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto trimmed = [&](const std::string& text) {
      const std::size_t first = text.find_first_not_of(kBlanks);
      if (first == std::string::npos) return std::string();
      return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
    };
    if (trimmed(line.substr(0, equals)) == "home") found.base = trimmed(line.substr(equals + 1));
  }
  return found;
}

std::string missing_base(const Environment& environment,
                         const std::function<bool(const std::string& path)>& exists) {
  if (!environment.base.starts_with('/')) return "";
  if (!exists(environment.base)) return environment.base;
  if (environment.version.empty()) return "";
  // The folder may be /usr/bin, which stays when the Python in it is replaced by the next.
  const std::string interpreter = environment.base + "/python" + environment.version;
  return exists(interpreter) ? "" : interpreter;
}

}  // namespace wsgictl::check
