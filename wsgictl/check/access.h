// SPDX-License-Identifier: Apache-2.0
// Whether an account may reach a file, from owners and modes alone. Reads; blocks on the file
// system and, for the root "", on the user database.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace wsgictl::check {

struct Account {
  uid_t user = 0;
  std::vector<gid_t> groups;
};

// USER and GROUP ("" = the user's own) are names or "#id". ROOT "" asks the C library, any other
// its /etc/passwd and /etc/group. Nothing if USER or GROUP is not known.
std::optional<Account> find_account(const std::string& root, const std::string& user,
                                    const std::string& group);

// The first folder above PATH that ACCOUNT may not enter, or PATH itself if it may not read it; ""
// if there is none, or something on the way does not exist. Access lists are taken for access.
std::string closed_to(const Account& account, const std::string& root, const std::string& path);

}  // namespace wsgictl::check
