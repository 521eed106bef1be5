// SPDX-License-Identifier: Apache-2.0
#include "apache/script_access.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "config/values.h"

namespace wsgi::apache {
namespace {

std::optional<std::string> refused(const std::string& what, const std::string& path,
                                   const config::DaemonOptions& options) {
  const std::string name = what + " " + config::quote(path);
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) {
    const int sys = errno;
    return name + " cannot be examined: " + std::generic_category().message(sys) + " (" +
           std::to_string(sys) + ")";
  }
  if (!options.script_user.empty()) {
    if (st.st_uid != options.script_uid) {
      return name + " belongs to uid=" + std::to_string(st.st_uid) + ", script-user asks for " +
             config::quote(options.script_user) + " (uid=" + std::to_string(options.script_uid) +
             ")";
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      return name + " can be written by its group or by all; script-user permits neither";
    }
    return std::nullopt;
  }
  if (st.st_gid != options.script_gid) {
    return name + " belongs to gid=" + std::to_string(st.st_gid) + ", script-group asks for " +
           config::quote(options.script_group) + " (gid=" + std::to_string(options.script_gid) +
           ")";
  }
  if ((st.st_mode & S_IWOTH) != 0) {
    return name + " can be written by all; script-group does not permit it";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> script_refused(const char* path, const config::DaemonOptions& options) {
  if (options.script_user.empty() && options.script_group.empty()) return std::nullopt;
  const std::string file = path;
  if (auto why = refused("the script", file, options)) return why;
  const auto slash = file.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash);
  return refused("the script's directory", folder.empty() ? "/" : folder, options);
}

}  // namespace wsgi::apache
