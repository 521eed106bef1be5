// SPDX-License-Identifier: Apache-2.0
#include "config/script_owner.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>

#include "config/values.h"

namespace wsgi::config {
namespace {

constexpr std::uint32_t kNobodys = UINT32_MAX;  // no file has this id

std::optional<std::uint32_t> number_of(const std::string& text) {
  if (!text.starts_with('#')) return std::nullopt;
  auto id = parse_integer(std::string_view(text).substr(1), 0, kNobodys - 1);
  return id ? std::optional(static_cast<std::uint32_t>(*id)) : std::nullopt;
}

Fail refused(const std::string& path, const std::string& why) {
  return {ErrorId::req_script_owner, quote(path) + " " + why};
}

std::string belongs(const char* what, std::uint32_t id, std::uint32_t wanted, const char* option) {
  return std::string("belongs to ") + what + " " + std::to_string(id) + ", but " + option +
         " permits only " + std::to_string(wanted);
}

Status check(const ScriptOwner& owner, const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return Fail{ErrorId::req_script_owner, quote(path) + ": its owner cannot be determined", errno};
  }
  if (owner.user && info.st_uid != *owner.user) {
    return refused(path, belongs("uid", info.st_uid, *owner.user, "script-user"));
  }
  if (owner.group && info.st_gid != *owner.group) {
    return refused(path, belongs("gid", info.st_gid, *owner.group, "script-group"));
  }
  if ((info.st_mode & S_IWOTH) != 0) return refused(path, "may be written to by everybody");
  if (owner.user && (info.st_mode & S_IWGRP) != 0) {
    return refused(path, "may be written to by its group, gid " + std::to_string(info.st_gid));
  }
  return ok();
}

}  // namespace

ScriptOwner script_owner(const DaemonOptions& options) {
  ScriptOwner owner;
  if (!options.script_user.empty()) {
    const passwd* entry = nullptr;
    owner.user = number_of(options.script_user);
    if (!owner.user) entry = ::getpwnam(options.script_user.c_str());
    if (!owner.user) owner.user = entry != nullptr ? entry->pw_uid : kNobodys;
  }
  if (!options.script_group.empty()) {
    const group* entry = nullptr;
    owner.group = number_of(options.script_group);
    if (!owner.group) entry = ::getgrnam(options.script_group.c_str());
    if (!owner.group) owner.group = entry != nullptr ? entry->gr_gid : kNobodys;
  }
  return owner;
}

Status check_script_owner(const ScriptOwner& owner, const std::string& file) {
  WSGI_TRY(check(owner, file));
  std::string folder = file.substr(0, file.find_last_of('/'));
  return check(owner, folder.empty() ? "/" : folder);
}

}  // namespace wsgi::config
