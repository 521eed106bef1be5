// SPDX-License-Identifier: Apache-2.0
// Names of parts of a virtual environment; see environment.h.
#include "check/environment.h"

namespace wsgictl::check {
namespace {

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::string environment_of(const std::string& path) {
  if (path.ends_with("/site-packages") || path.ends_with("/dist-packages"))
    return parent(parent(parent(path)));
  const std::string last = path.substr(path.rfind('/') + 1);
  if (last == "bin") return parent(path);
  if (path.ends_with("/bin/" + last) && last.starts_with("python")) return parent(parent(path));
  return "";
}

}  // namespace wsgictl::check
