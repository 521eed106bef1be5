// SPDX-License-Identifier: Apache-2.0
#include "supervisor/privileges.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace wsgi::supervisor {
namespace {

using transport::StartStep;

std::string ids(const config::DaemonOptions& options) {
  return "user '" + options.user_name + "' (uid=" + std::to_string(options.uid) +
         " gid=" + std::to_string(options.gid) + ")";
}

std::vector<gid_t> wanted_groups(const config::DaemonOptions& options) {
  std::vector<gid_t> groups{options.gid};
  for (std::uint32_t group : options.groups) {
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  return groups;
}

// What the kernel says we are, against what was asked for.
bool is_complete(const config::DaemonOptions& options, std::vector<gid_t> groups) {
  uid_t ruid, euid, suid;
  gid_t rgid, egid, sgid;
  if (::getresuid(&ruid, &euid, &suid) != 0 || ::getresgid(&rgid, &egid, &sgid) != 0) return false;
  const uid_t uid = options.uid;
  const gid_t gid = options.gid;
  if (ruid != uid || euid != uid || suid != uid) return false;
  if (rgid != gid || egid != gid || sgid != gid) return false;
  const int count = ::getgroups(0, nullptr);
  if (count < 0) return false;
  std::vector<gid_t> have(static_cast<std::size_t>(count));
  if (::getgroups(count, have.data()) != count) return false;
  std::sort(have.begin(), have.end());
  std::sort(groups.begin(), groups.end());
  if (have != groups) return false;
  return uid == 0 || ::setuid(0) != 0;  // no way back
}

}  // namespace

PrivilegeFailure drop_privileges(const config::DaemonOptions& options) {
  if (!options.has_identity) return {};
  if (!options.chroot.empty() && (::chroot(options.chroot.c_str()) != 0 || ::chdir("/") != 0)) {
    return {StartStep::chroot, ErrorId::priv_chroot, errno,
            "chroot to '" + options.chroot + "' failed"};
  }
  if (::setresgid(options.gid, options.gid, options.gid) != 0) {
    return {StartStep::group, ErrorId::priv_setgid, errno,
            "setgid for " + ids(options) + " failed"};
  }
  const std::vector<gid_t> groups = wanted_groups(options);
  if (::setgroups(groups.size(), groups.data()) != 0) {
    return {StartStep::supplementary_groups, ErrorId::priv_setgroups, errno,
            "setting " + std::to_string(groups.size()) + " groups for " + ids(options) + " failed"};
  }
  if (::setresuid(options.uid, options.uid, options.uid) != 0) {
    return {StartStep::user, ErrorId::priv_setuid, errno, "setuid for " + ids(options) + " failed"};
  }
  if (!is_complete(options, groups)) {
    return {StartStep::user, ErrorId::priv_partial, 0,
            "the identity is not that of " + ids(options) + " after the change"};
  }
  return {};
}

PrivilegeFailure enter_directory(const std::string& directory,
                                 const config::DaemonOptions& options) {
  if (!directory.empty() && ::chdir(directory.c_str()) != 0) {
    return {StartStep::directory, ErrorId::home_chdir, errno,
            "the working directory '" + directory +
                "' cannot be entered as uid=" + std::to_string(::geteuid())};
  }
  if (options.umask >= 0) ::umask(static_cast<mode_t>(options.umask));
  return {};
}

std::string working_directory(const config::DaemonOptions& options, std::uint32_t server_uid) {
  if (!options.home.empty()) return options.home;
  if (options.has_identity && options.uid != server_uid) return options.user_home;
  return {};
}

}  // namespace wsgi::supervisor
