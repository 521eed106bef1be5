// SPDX-License-Identifier: Apache-2.0
// Where a distribution keeps Apache's files and how its Apache is called. Constants, one per
// target; every path is absolute and is taken below --root by who uses it.
// Source: wsgictl-conventions, section 8 (checked on Debian 12; RHEL from its spec files).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsgictl::host {

struct Layout {
  std::string target;         // debian-12, debian-13, rhel-9 …
  std::string httpd;          // the program: /usr/sbin/apache2
  std::string control;        // the control program: /usr/sbin/apache2ctl
  std::string service;        // systemd unit without suffix: apache2
  std::string server_root;    // /etc/apache2
  std::string sites_dir;      // where site files are written: /etc/apache2/sites-available
  std::string sites_enabled;  // folder of links to enable them; "" where presence is enough
  std::string module_dir;     // /usr/lib/apache2/modules
  std::string log_dir;        // /var/log/apache2
  std::string run_dir;        // /run/apache2
  std::string user;           // of Apache's children
  std::string group;
  std::string state_dir = "/var/lib/wsgictl";  // generated scripts, environment files, generations
  std::string instance_dir = "/etc/wsgictl/instances";  // configurations of `run: instance`
  std::string unit_dir = "/etc/systemd/system";
};

// The layout named TARGET, or nothing if there is none of that name.
std::optional<Layout> layout(std::string_view target);

// The layout of the system below ROOT ("/" for this one), from its os-release and files.
std::optional<Layout> detect_layout(std::string_view root);

}  // namespace wsgictl::host
