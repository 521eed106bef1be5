// SPDX-License-Identifier: Apache-2.0
// The real host; see world.h.
#include "check/world.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <fstream>
#include <utility>

namespace wsgictl::check {
namespace {

class RealWorld : public World {
 public:
  explicit RealWorld(std::string root) : root_(std::move(root)) {
    while (root_.ends_with('/')) root_.pop_back();
  }

  Entry entry(const std::string& path) const override {
    struct stat st;
    if (stat((root_ + path).c_str(), &st) != 0) return Entry::none;
    if (S_ISREG(st.st_mode)) return Entry::file;
    return S_ISDIR(st.st_mode) ? Entry::directory : Entry::other;
  }

  std::optional<int> mode(const std::string& path) const override {
    struct stat st;
    if (stat((root_ + path).c_str(), &st) != 0) return std::nullopt;
    return static_cast<int>(st.st_mode & 07777u);
  }

  bool has_user(const std::string& name) const override {
    return root_.empty() && !name.starts_with('#') ? getpwnam(name.c_str()) != nullptr
                                                   : listed("/etc/passwd", name);
  }

  bool has_group(const std::string& name) const override {
    return root_.empty() && !name.starts_with('#') ? getgrnam(name.c_str()) != nullptr
                                                   : listed("/etc/group", name);
  }

  bool private_tmp() const override {
    struct stat st;
    return root_.empty() && stat("/run/systemd/system", &st) == 0;
  }

 private:
  // name:password:id:… in both files.
  bool listed(const char* file, const std::string& name) const {
    std::ifstream in(root_ + file);
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with(name + ":")) return true;
      const std::size_t first = line.find(':');
      const std::size_t second = line.find(':', first + 1);
      if (first == std::string::npos || second == std::string::npos) continue;
      const std::size_t end = line.find(':', second + 1);
      if (name == "#" + line.substr(second + 1, end - second - 1)) return true;
    }
    return false;
  }

  std::string root_;
};

}  // namespace

std::unique_ptr<World> real_world(std::string root) {
  return std::make_unique<RealWorld>(std::move(root));
}

}  // namespace wsgictl::check
