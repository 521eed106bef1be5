// SPDX-License-Identifier: Apache-2.0
// The books of an import: about every directive it is said at most once what became of it, so that
// whatever nothing was said about can be found at the end. Pure; points into the configuration and
// the diagnostics, which must outlive it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "apache_check/facts.h"
#include "diag/diagnostic.h"

namespace wsgictl::importing {

using apache_conf::Node;

class Ledger {
 public:
  Ledger(const apache_check::Facts& facts, diag::Diagnostics& diagnostics)
      : facts_(facts), diagnostics_(diagnostics) {}

  // The definition says the same.
  void take(const Node& node) { taken_.insert(&node); }
  void take_all(const Node& node);  // with all that is in it
  bool open(const Node& node) const { return !taken_.contains(&node); }

  // WCTL2501. A section stands for all that is still open in it.
  void left_out(const Node& node, const std::string& why, const std::string& hint = "");
  // The same for one WORD of a directive; the rest of it is carried.
  void word_left_out(const Node& node, std::string_view word, const std::string& why);
  // WCTL2502: extra_directives of WHERE has it.
  void as_is(const Node& node, const std::string& where);
  // WCTL2503: carried, but it will not be quite the same.
  void changed(const Node& node, std::string_view word, std::string what, std::string hint);
  void say(const char* code, const Node& node, std::string what, std::string hint);

 private:
  const apache_check::Facts& facts_;
  diag::Diagnostics& diagnostics_;
  std::set<const Node*> taken_;
  std::set<std::pair<const Node*, std::string>> words_;  // of a group that several share
};

// Name and arguments as one writes them, for messages.
std::string spoken(const Node& node);

// Same directive, arguments and, of sections, the same in them.
bool same(const Node& a, const Node& b);

}  // namespace wsgictl::importing
