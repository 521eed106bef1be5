// SPDX-License-Identifier: Apache-2.0
// What an Apache configuration says about WSGI, flat: every directive with the sections around it,
// daemon groups, mounts, and which directive is in effect for a mount. Pure; points into the
// configuration, which must outlive it.
// Source: httpd manual, "sections" (order of merging), "mod/core".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apache_conf/tree.h"
#include "diag/diagnostic.h"

namespace wsgictl::apache_check {

using apache_conf::Node;
using Options = std::map<std::string, std::string>;  // "python-home" -> "/srv/venv"

struct Used {
  const Node* node = nullptr;
  const Node* vhost = nullptr;        // null: the main server
  std::vector<const Node*> sections;  // around it, outermost first, without the virtual host
};

struct Group {
  std::string name;
  Used at;
  Options options;
};

struct Mount {
  std::string url;     // "" of a pattern
  std::string script;  // file or folder
  Used at;
  Options options;
  std::string process_group;      // "" = Apache's own processes
  std::string application_group;  // "" = one for each script, the default
};

struct Facts {
  const apache_conf::Configuration* configuration = nullptr;
  std::vector<Used> all;
  std::vector<Group> groups;
  std::vector<Mount> mounts;

  // All uses of DIRECTIVE.
  std::vector<const Used*> uses(std::string_view directive) const;
  // The use of DIRECTIVE that counts for MOUNT; null if there is none.
  const Used* effective(std::string_view directive, const Mount& mount) const;
  const Group* group(std::string_view name) const;
  // The place of WORD in the lines of NODE, else of all of its first line.
  diag::Mark mark(const Node& node, std::string_view word = "") const;
};

Facts facts_of(const apache_conf::Configuration& configuration);

// What a section says about a mount.
enum class Cover { no, yes, pattern };  // pattern: only Apache can tell; taken for yes
Cover covers(const Node& section, const Mount& mount);
bool covers_all(const std::vector<const Node*>& sections, const Mount& mount);

// ServerName of VHOST, "" if it has none.
std::string server_name(const Node* vhost);
bool same_text(std::string_view a, std::string_view b);  // without case
std::string option(const Options& options, const std::string& name);

}  // namespace wsgictl::apache_check
