// SPDX-License-Identifier: Apache-2.0
// Accounts, and who may enter what; see access.h. Source: path_resolution(7).
#include "check/access.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace wsgictl::check {
namespace {

// The fields of LINE of a passwd or group file.
std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(':', at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::optional<unsigned> number(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The line about NAME, a name or "#id".
std::vector<std::string> line_of(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    auto found = fields(line);
    if (found.size() >= 4 && (found[0] == name || "#" + found[2] == name)) return found;
  }
  return {};
}

void add_memberships(const std::string& file, const std::string& name, Account& account) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto found = fields(line);
    if (found.size() < 4) continue;
    const auto group = number(found[2]);
    if (group && ("," + found[3] + ",").find("," + name + ",") != std::string::npos)
      account.groups.push_back(*group);
  }
}

std::optional<Account> listed(const std::string& root, const std::string& name) {
  const auto line = line_of(root + "/etc/passwd", name);
  if (line.empty()) return std::nullopt;
  const auto user = number(line[2]), group = number(line[3]);
  if (!user || !group) return std::nullopt;
  Account account{*user, {*group}};
  add_memberships(root + "/etc/group", line[0], account);
  return account;
}

std::optional<Account> known(const std::string& name) {
  const auto id = name.starts_with('#') ? number(name.substr(1)) : std::nullopt;
  const passwd* entry = id ? ::getpwuid(*id) : ::getpwnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  Account account{entry->pw_uid, {}};
  int count = 256;
  account.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(entry->pw_name, entry->pw_gid, account.groups.data(), &count) < 0)
    return std::nullopt;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

std::optional<gid_t> group_id(const std::string& root, const std::string& name) {
  if (name.starts_with('#')) return number(name.substr(1));
  if (root.empty()) {
    const group* entry = ::getgrnam(name.c_str());
    return entry == nullptr ? std::nullopt : std::optional(entry->gr_gid);
  }
  const auto line = line_of(root + "/etc/group", name);
  return line.empty() ? std::nullopt : number(line[2]);
}

// BIT is that of others: 4 read, 1 enter.
bool allowed(const Account& account, const struct stat& st, unsigned bit) {
  if (account.user == 0) return true;
  if (st.st_uid == account.user) return (st.st_mode & (bit << 6)) != 0;
  const bool member =
      std::find(account.groups.begin(), account.groups.end(), st.st_gid) != account.groups.end();
  return (st.st_mode & (member ? bit << 3 : bit)) != 0;
}

}  // namespace

std::optional<Account> find_account(const std::string& root, const std::string& user,
                                    const std::string& group) {
  auto account = root.empty() ? known(user) : listed(root, user);
  if (!account || group.empty()) return account;
  const auto id = group_id(root, group);
  if (!id) return std::nullopt;
  account->groups.push_back(*id);
  return account;
}

std::string closed_to(const Account& account, const std::string& root, const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string place = root + path.substr(0, slash);
    struct stat st;
    if (::stat(place.c_str(), &st) != 0) return "";
    const bool list = ::getxattr(place.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
    if (!list && !allowed(account, st, S_ISDIR(st.st_mode) ? 1u : 4u)) return path.substr(0, slash);
    if (slash == std::string::npos) return "";
  }
}

}  // namespace wsgictl::check
