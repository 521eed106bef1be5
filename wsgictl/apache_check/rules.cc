// SPDX-License-Identifier: Apache-2.0
// What the families of rules share, and their order; see rules.h.
#include "apache_check/rules.h"

#include <sys/stat.h>

#include "diag/codes.h"

namespace wsgictl::apache_check {

void Report::add(const char* code, const Node& node, std::string_view word, std::string message,
                 std::string hint, const Node* other, std::string replacement) {
  diag::Diagnostic d =
      diag::make(code, facts.mark(node, word), std::move(message), std::move(hint));
  d.replacement = std::move(replacement);
  if (other != nullptr) d.related.push_back({facts.mark(*other), "the other one is here"});
  diagnostics.add(std::move(d));
}

bool Report::exists(const std::string& path) const {
  struct stat st;
  return stat((root + path).c_str(), &st) == 0;
}

void check(const apache_conf::Configuration& configuration, const std::string& root,
           diag::Diagnostics& diagnostics) {
  for (const auto& [name, text] : configuration.sources) diagnostics.add_source(name, text);
  for (const apache_conf::Problem& problem : configuration.problems)
    if (problem.trouble != apache_conf::Trouble::undefined_name)  // Apache says so itself
      diagnostics.add(
          diag::make(problem.trouble == apache_conf::Trouble::limit ? "WCTL2423" : "WCTL2422",
                     apache_conf::mark(problem.place, configuration.sources), problem.message,
                     "what is there is not checked"));
  const Facts facts = facts_of(configuration);
  const std::string below = root == "/" ? "" : root;
  Report report{facts, below, diagnostics};
  rules_groups(report);
  rules_options(report);
  rules_python(report);
  rules_access(report);
}

}  // namespace wsgictl::apache_check
