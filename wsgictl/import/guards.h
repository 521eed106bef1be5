// SPDX-License-Identifier: Apache-2.0
// Who may use each route: the rules of all sections around it, the main server's too, merged in the
// order of Apache, where the last section with Require replaces what the others require. What
// results stands in the <Location> of the route. Pure but for what Work has.
// Source: httpd manual, "sections" (how they are merged), mod_authz_core (AuthMerging).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "import/routes.h"

namespace wsgictl::importing {

class Guards {
 public:
  // HOST: the one whose content the routes are. IMPORTED: sections of the main server that are
  // taken from it; the others stay in force there.
  Guards(Work& work, Routes& routes, const Host& host, const std::vector<const Node*>& imported);
  ~Guards();
  Guards(const Guards&) = delete;
  Guards& operator=(const Guards&) = delete;

  // Writes the rules to the routes. What has no effect in front of any route stays open in the
  // ledger; of sections that stay it is said only what opens or closes something.
  void apply();
  // What rules of folders have become in front of other paths: when all sections have been read,
  // since it closes these in the ledger.
  void say_moved();

 private:
  struct Section;
  struct Merged;
  struct Moved {
    const Route* route;
    const Section* folder;
  };
  void add(const Node& node, const Section* around);
  Merged merge(const Route& route) const;
  void take(Route& route, const Merged& merged);
  Merged only_last(const Merged& merged);
  void write(Route& route, const Merged& merged);
  void say_lost(const Route& route, const Merged& merged);
  bool is_handed_down(const Section& section, const Route& route) const;

  Work& work_;
  Routes& routes_;
  std::vector<std::unique_ptr<Section>> sections_;  // as Apache merges them
  std::vector<std::string> guarded_;                // URLs of routes that have rules of their own
  std::vector<Moved> moved_;                        // rules of folders in the <Location> of a route
};

// Something in SECTION says more than that everybody may.
bool restricts(const Node& section);
// What to do about NODE that is left out: nothing unless it closes something.
std::string opens_without(const Node& node);

}  // namespace wsgictl::importing
