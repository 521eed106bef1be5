// SPDX-License-Identifier: Apache-2.0
// <Directory>, <Files> and <Location> of a site: what they say goes to the routes that they cover.
// Who may use these is for Guards, which come first. Pure.
#pragma once

#include <string>
#include <vector>

#include "import/routes.h"

namespace wsgictl::importing {

class Sections {
 public:
  Sections(Work& work, Routes& routes) : work_(work), routes_(routes) {}

  // A section of the site's own virtual host: everything in it is taken or said.
  void own(const Node& section);
  // Which folders are served with less than before.
  void say_links(const std::vector<const Node*>& sections);
  // One of the main server, which may be meant for others: left alone unless it covers a route.
  void shared(const Node& section);

 private:
  using Covered = std::vector<Route*>;
  bool cache(const Node& section);
  Covered below(const Node& section);
  Covered around(const Node& section);
  void contents(const Node& section, const Covered& covered, bool location);
  void only_access(const Node& section, const std::string& why);
  void leftover_access(const Node& node);
  void one(const Node& node, const Covered& covered, bool location);
  bool of_folder(const Node& node, const Covered& covered);

  Work& work_;
  Routes& routes_;
};

}  // namespace wsgictl::importing
