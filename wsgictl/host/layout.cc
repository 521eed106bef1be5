// SPDX-License-Identifier: Apache-2.0
// The layouts, and telling which one a system has. Pure but for reading two files; see layout.h.
#include "host/layout.h"

#include <array>
#include <cstdlib>

#include "sys/files.h"

namespace wsgictl::host {
namespace {

Layout debian(std::string target) {
  Layout l;
  l.target = std::move(target);
  l.httpd = "/usr/sbin/apache2";
  l.control = "/usr/sbin/apache2ctl";
  l.service = "apache2";
  l.server_root = "/etc/apache2";
  l.sites_dir = "/etc/apache2/sites-available";
  l.sites_enabled = "/etc/apache2/sites-enabled";
  l.module_dir = "/usr/lib/apache2/modules";
  l.log_dir = "/var/log/apache2";
  l.run_dir = "/run/apache2";
  l.user = "www-data";
  l.group = "www-data";
  return l;
}

Layout rhel(std::string target) {
  Layout l;
  l.target = std::move(target);
  l.httpd = "/usr/sbin/httpd";
  // Not apachectl: from RHEL 9 on it takes no options.
  l.control = "/usr/sbin/httpd";
  l.service = "httpd";
  l.server_root = "/etc/httpd";
  l.sites_dir = "/etc/httpd/conf.d";
  l.module_dir = "/usr/lib64/httpd/modules";
  l.log_dir = "/var/log/httpd";
  l.run_dir = "/run/httpd";
  l.user = "apache";
  l.group = "apache";
  return l;
}

struct OsRelease {
  std::string id, like, version;
};

std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

// os-release(5): NAME=value lines, value perhaps in quotes.
OsRelease parse(std::string_view text) {
  OsRelease os;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals);
    const std::string value = unquoted(line.substr(equals + 1));
    if (key == "ID") os.id = value;
    if (key == "ID_LIKE") os.like = value;
    if (key == "VERSION_ID") os.version = value;
  }
  return os;
}

bool has_word(std::string_view words, std::string_view word) {
  return (" " + std::string(words) + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

// Derivatives keep the layout of the family. Those of Debian number differently, so they get the
// newest one; those of RHEL number as it does, but for Fedora, which leads to the next.
std::optional<std::string> target_of(const OsRelease& os) {
  const int major = std::atoi(os.version.c_str());
  if (os.id == "debian" && major > 0) return major <= 12 ? "debian-12" : "debian-13";
  if (os.id == "debian" || has_word(os.like, "debian") || has_word(os.like, "ubuntu"))
    return "debian-13";
  if (os.id == "fedora") return "rhel-10";
  if (os.id == "rhel" || has_word(os.like, "rhel") || has_word(os.like, "fedora"))
    return major <= 8 ? "rhel-8" : major == 9 ? "rhel-9" : "rhel-10";
  return std::nullopt;
}

}  // namespace

std::optional<Layout> layout(std::string_view target) {
  static constexpr std::array<std::string_view, 5> kTargets = {"debian-12", "debian-13", "rhel-8",
                                                               "rhel-9", "rhel-10"};
  for (const std::string_view known : kTargets)
    if (target == known)
      return known.starts_with("debian") ? debian(std::string(known)) : rhel(std::string(known));
  return std::nullopt;
}

std::optional<Layout> detect_layout(std::string_view root) {
  sys::Files& files = sys::real_files();
  // /etc/os-release usually is a link into /usr/lib; links are not followed here, so both are
  // tried.
  for (const char* path : {"/etc/os-release", "/usr/lib/os-release"}) {
    const auto text = files.read(sys::below(root, path));
    if (!text) continue;
    const auto target = target_of(parse(*text));
    if (target) return layout(*target);
  }
  return std::nullopt;
}

}  // namespace wsgictl::host
