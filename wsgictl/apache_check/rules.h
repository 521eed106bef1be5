// SPDX-License-Identifier: Apache-2.0
// The classic misconfigurations of mod_wsgi, found in an Apache configuration. Rules add
// diagnostics (24xx) and change nothing; those about files look below ROOT, and say nothing about
// files that are not there.
#pragma once

#include <string>

#include "apache_check/facts.h"

namespace wsgictl::apache_check {

// All rules, and the reader's own problems.
void check(const apache_conf::Configuration& configuration, const std::string& root,
           diag::Diagnostics& diagnostics);

// One file of rules each.
struct Report {
  const Facts& facts;
  const std::string& root;
  diag::Diagnostics& diagnostics;

  // OTHER: where the other half of the trouble is, or null.
  void add(const char* code, const Node& node, std::string_view word, std::string message,
           std::string hint, const Node* other = nullptr, std::string replacement = "");
  bool exists(const std::string& path) const;
};
// Applications come by handler too: they are not among the mounts.
bool has_handler(const Facts& facts);
void rules_groups(Report& report);
void rules_options(Report& report);
void rules_python(Report& report);
void rules_access(Report& report);

}  // namespace wsgictl::apache_check
