// SPDX-License-Identifier: Apache-2.0
// Units of rewriting; see rewrites.h.
#include "import/rewrites.h"

#include <algorithm>

#include "import/values.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;

// [NAME] or [NAME=…] in one of the two spellings.
bool has_flag(const Node& rule, std::string_view brief, std::string_view whole) {
  if (rule.words.size() < 3) return false;
  std::string_view flags = rule.words[2];
  if (flags.starts_with('[')) flags.remove_prefix(1);
  if (flags.ends_with(']')) flags.remove_suffix(1);
  const auto list = split(flags, ',');
  return std::any_of(list.begin(), list.end(), [&](std::string_view flag) {
    flag = flag.substr(0, flag.find('='));
    while (flag.starts_with(' ')) flag.remove_prefix(1);
    return same_text(flag, brief) || same_text(flag, whole);
  });
}

}  // namespace

std::set<const Node*> broken_rewrites(const std::vector<const Node*>& nodes) {
  std::set<const Node*> broken, all;
  std::vector<const Node*> unit;
  bool counts = false;  // a rule that skips as many others
  const auto end_unit = [&] {
    const bool bad = std::any_of(unit.begin(), unit.end(), [](const Node* node) {
      return !extra_directive(*node).has_value();
    });
    if (bad) broken.insert(unit.begin(), unit.end());
    unit.clear();
  };
  for (const Node* node : nodes) {
    const bool rule = node->is("RewriteRule");
    if (!rule && !node->is("RewriteCond")) continue;
    all.insert(node);
    unit.push_back(node);
    counts = counts || (rule && has_flag(*node, "S", "skip"));
    if (rule && !has_flag(*node, "C", "chain")) end_unit();
  }
  end_unit();
  return counts && !broken.empty() ? all : broken;
}

void say_rewrite(Work& work, const Node& node) {
  work.ledger.left_out(node, extra_directive(node)
                                 ? "what it belongs to cannot be carried: conditions and rules are "
                                   "one"
                                 : "extra_directives cannot say its quotes or signs");
}

}  // namespace wsgictl::importing
