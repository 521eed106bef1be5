// SPDX-License-Identifier: Apache-2.0
#include "config/identity.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "config/values.h"

namespace wsgi::config {
namespace {

struct Account {
  std::uint32_t uid = 0;
  std::string name, home;
};

Account account_of(const passwd& entry) { return {entry.pw_uid, entry.pw_name, entry.pw_dir}; }

std::optional<Account> account_by_id(std::uint32_t uid) {
  const passwd* entry = getpwuid(uid);
  return entry ? std::optional(account_of(*entry)) : std::nullopt;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  return text.starts_with('#') ? parse_integer(text.substr(1), 0, UINT32_MAX - 1) : std::nullopt;
}

Subject about(const DaemonOptions& options, std::string_view option) {
  return {"WSGIDaemonProcess", options.name, option};
}

// "name" or "#uid"; a number must have an entry too.
Result<Account> find_user(const DaemonOptions& options, std::string_view option,
                          const std::string& text) {
  if (auto uid = number_of(text)) {
    if (auto account = account_by_id(static_cast<std::uint32_t>(*uid))) return *account;
  } else if (const passwd* entry = getpwnam(text.c_str())) {
    return account_of(*entry);
  }
  return wrong(ErrorId::cfg_user_unknown, about(options, option), "unknown user " + quote(text),
               "must be in the user database");
}

// "name" or "#gid"; a number needs no entry.
Result<std::uint32_t> find_group(const DaemonOptions& options, std::string_view option,
                                 const std::string& text) {
  if (auto gid = number_of(text)) return static_cast<std::uint32_t>(*gid);
  if (const group* entry = getgrnam(text.c_str())) return entry->gr_gid;
  return wrong(ErrorId::cfg_group_db_unknown, about(options, option),
               "unknown group " + quote(text), "must be in the group database");
}

// The supplementary groups given, without the primary one.
Result<std::vector<std::uint32_t>> listed_groups(const DaemonOptions& options) {
  std::vector<std::uint32_t> groups;
  for (const auto& name : options.supplementary_groups) {
    WSGI_ASSIGN(std::uint32_t gid, find_group(options, "supplementary-groups", name));
    groups.push_back(gid);
  }
  long limit = sysconf(_SC_NGROUPS_MAX);
  if (limit >= 0 && groups.size() + 1 > static_cast<std::size_t>(limit)) {
    return wrong(ErrorId::cfg_supplementary_many, about(options, "supplementary-groups"),
                 std::to_string(groups.size()) + " groups",
                 "the system allows " + std::to_string(limit) + " with the primary group");
  }
  return groups;
}

std::vector<std::uint32_t> groups_of(const std::string& user, std::uint32_t primary) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (getgrouplist(user.c_str(), primary, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    getgrouplist(user.c_str(), primary, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  return {groups.begin(), groups.end()};
}

Fail root_refused(const DaemonOptions& options, std::string_view what) {
  return wrong(ErrorId::cfg_user_root, about(options, "user"), what, "must be another than root");
}

}  // namespace

Status check_accounts(const DaemonOptions& options) {
  if (!options.user.empty()) {
    WSGI_ASSIGN(Account account, find_user(options, "user", options.user));
    if (account.uid == 0) return root_refused(options, quote(options.user) + " is root");
  }
  if (!options.group.empty()) WSGI_TRY(find_group(options, "group", options.group));
  if (!options.socket_user.empty()) {
    WSGI_TRY(find_user(options, "socket-user", options.socket_user));
  }
  if (!options.script_user.empty()) {
    WSGI_TRY(find_user(options, "script-user", options.script_user));
  }
  if (!options.script_group.empty()) {
    WSGI_TRY(find_group(options, "script-group", options.script_group));
  }
  WSGI_TRY(listed_groups(options));
  return ok();
}

Status resolve_identity(DaemonOptions& options, const ServerIdentity& server) {
  options.has_identity = server.root;
  if (!server.root) {
    if (!options.chroot.empty()) {
      return wrong(ErrorId::cfg_chroot_not_root, about(options, "chroot"),
                   "the server was not started as root", "remove the option");
    }
    options.uid = geteuid();
    options.gid = getegid();
    if (auto account = account_by_id(options.uid)) {
      options.user_name = account->name;
      options.user_home = account->home;
    }
    return ok();
  }
  options.uid = server.uid;
  options.gid = server.gid;
  Account account;
  if (!options.user.empty()) {
    WSGI_ASSIGN(account, find_user(options, "user", options.user));
  } else {
    auto entry = account_by_id(server.uid);
    account = entry ? *entry : Account{server.uid, server.user_name, ""};
  }
  if (account.uid == 0) return root_refused(options, "the processes would run as root");
  options.uid = account.uid;
  options.user_name = account.name;
  options.user_home = account.home;
  if (!options.group.empty()) {
    WSGI_ASSIGN(options.gid, find_group(options, "group", options.group));
  }
  if (options.has_supplementary_groups) {
    WSGI_ASSIGN(options.groups, listed_groups(options));
  } else {
    options.groups = groups_of(account.name, options.gid);
  }
  std::erase(options.groups, options.gid);
  return ok();
}

}  // namespace wsgi::config
