// SPDX-License-Identifier: Apache-2.0
// The facts of a host that host rules ask for, behind an interface so that tests have their own
// host. The real one reads, never changes, and may block on slow file systems or user databases.
#pragma once

#include <memory>
#include <optional>
#include <string>

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
};

// The system below ROOT: "/" asks the C library for users, any other root is asked by its
// /etc/passwd and /etc/group.
std::unique_ptr<World> real_world(std::string root);

}  // namespace wsgictl::check
