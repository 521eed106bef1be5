// SPDX-License-Identifier: Apache-2.0
// Sections that Apache judges while it reads: whether what is in them counts. Pure but for IfFile,
// which looks at the file system.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace wsgictl::apache_conf {

// What is known where the section stands.
struct Known {
  const std::set<std::string>& modules;  // short names
  const std::set<std::string>& defines;
  const std::string& version;
  const std::string& root;
  const std::string& server_root;
};

enum class Verdict { holds, fails, unknown, malformed };

// SECTION is IfModule, IfDefine, IfVersion, IfFile, IfDirective or IfSection in any case.
bool is_condition(std::string_view section);
Verdict judge(std::string_view section, std::string_view arguments, const Known& known);

bool same_name(std::string_view a, std::string_view b);  // without case

}  // namespace wsgictl::apache_conf
