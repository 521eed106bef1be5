// SPDX-License-Identifier: Apache-2.0
// The real host; see world.h.
#include "check/world.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "apache_conf/files.h"
#include "apache_conf/reader.h"
#include "check/access.h"
#include "config/runtimes.h"
#include "transport/frame.h"

namespace wsgictl::check {
namespace {

class RealWorld : public World {
 public:
  RealWorld(std::string root, bool system_server)
      : root_(std::move(root)), system_server_(system_server) {
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

  std::optional<std::string> text(const std::string& path) const override {
    return apache_conf::read_whole(root_ + path);
  }

  std::string closed_to(const std::string& user, const std::string& group,
                        const std::string& path) const override {
    const std::string name = !user.empty() ? user : has_user("www-data") ? "www-data" : "apache";
    const auto account = find_account(root_, name, user.empty() ? "" : group);
    return account ? check::closed_to(*account, root_, path) : "";
  }

  std::string label(const std::string& path) const override {
    if (!enforcing()) return "";
    std::array<char, 256> context{};
    const ssize_t size =
        ::getxattr((root_ + path).c_str(), "security.selinux", context.data(), context.size() - 1);
    // user:role:type:level
    const std::string whole = size > 0 ? context.data() : "";
    const std::size_t role = whole.find(':');
    const std::size_t type = role == std::string::npos ? role : whole.find(':', role + 1);
    if (type == std::string::npos) return "";
    return whole.substr(type + 1, whole.find(':', type + 1) - type - 1);
  }

  std::vector<std::string> runtimes() const override {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::string prefix = root_.empty() ? self.parent_path().parent_path().string() : "";
    auto folders = wsgi::config::runtime_folders({}, prefix, wsgi::transport::kIpcVersion);
    for (std::string& folder : folders) folder = root_ + folder;
    std::vector<std::string> versions;
    for (const auto& runtime : wsgi::config::list_runtimes(folders))
      versions.push_back(runtime.version);
    return versions;
  }

  std::optional<std::int64_t> admitted() const override {
    if (!system_server_) return std::nullopt;
    for (const char* main : {"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf"}) {
      if (entry(main) != Entry::file) continue;
      apache_conf::Settings settings;
      settings.root = root_.empty() ? "/" : root_;
      if (const auto envvars = text("/etc/apache2/envvars"))
        settings.environment = apache_conf::read_envvars(*envvars);
      std::optional<std::int64_t> workers;
      for (const apache_conf::Node& node : apache_conf::read_configuration(main, settings).nodes)
        if (node.is("MaxRequestWorkers") && !node.words.empty())
          workers = std::atoll(node.words[0].c_str());
      return workers;
    }
    return std::nullopt;
  }

 private:
  bool enforcing() const {
    if (root_.empty()) return apache_conf::read_whole("/sys/fs/selinux/enforce") == "1";
    const auto config = text("/etc/selinux/config");
    return config && ("\n" + *config).find("\nSELINUX=enforcing") != std::string::npos;
  }

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
  bool system_server_;
};

}  // namespace

std::unique_ptr<World> real_world(std::string root, bool system_server) {
  return std::make_unique<RealWorld>(std::move(root), system_server);
}

}  // namespace wsgictl::check
