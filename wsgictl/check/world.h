// SPDX-License-Identifier: Apache-2.0
// The facts of a host that host rules ask for, behind an interface so that tests have their own
// host. The real one reads, never changes, and may block on slow file systems or user databases.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wsgictl::check {

enum class Entry { none, file, directory, other };

class World {
 public:
  virtual ~World() = default;
  virtual Entry entry(const std::string& path) const = 0;              // links are followed
  virtual std::optional<int> mode(const std::string& path) const = 0;  // permission bits
  virtual bool has_user(const std::string& name) const = 0;            // or "#id"
  virtual bool has_group(const std::string& name) const = 0;
  virtual bool private_tmp() const = 0;  // Apache's service has a /tmp of its own
  // What follows is not known by default, and what is not known is not judged.

  // The text of a small regular file.
  virtual std::optional<std::string> text(const std::string&) const { return std::nullopt; }
  // The folder above PATH, or PATH itself, that USER (group GROUP; both "": Apache's own account)
  // may not enter or read, as far as owners and modes tell; "" if there is none.
  virtual std::string closed_to(const std::string& /*user*/, const std::string& /*group*/,
                                const std::string& /*path*/) const {
    return "";
  }
  // The SELinux type of PATH; "" where SELinux is not enforcing.
  virtual std::string label(const std::string&) const { return ""; }
  // Versions of the installed Python runtimes: "3.11".
  virtual std::vector<std::string> runtimes() const { return {}; }
  // Requests that the distribution's Apache serves at once, as its configuration says.
  virtual std::optional<std::int64_t> admitted() const { return std::nullopt; }
};

// The system below ROOT: "/" asks the C library for users, any other root is asked by its
// /etc/passwd and /etc/group. SYSTEM_SERVER: the distribution's Apache is the one to be judged.
std::unique_ptr<World> real_world(std::string root, bool system_server = true);

}  // namespace wsgictl::check
