// SPDX-License-Identifier: Apache-2.0
// The books; see ledger.h.
#include "import/ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::importing {

std::string spoken(const Node& node) {
  std::string text = node.name;
  if (!node.arguments.empty()) text += " " + node.arguments;
  return diag::quote(node.section ? "<" + text + ">" : text);
}

bool same(const Node& a, const Node& b) {
  return apache_check::same_text(a.name, b.name) && a.section == b.section && a.words == b.words &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                    same);
}

void Ledger::take_all(const Node& node) {
  take(node);
  for (const Node& child : node.children) take_all(child);
}

void Ledger::say(const char* code, const Node& node, std::string what, std::string hint) {
  take(node);
  diagnostics_.add(diag::make(code, facts_.mark(node), std::move(what), std::move(hint)));
}

void Ledger::left_out(const Node& node, const std::string& why, const std::string& hint) {
  say("WCTL2501", node, fmt::format("{} is not carried: {}", spoken(node), why),
      hint.empty() ? "keep it in a file of your own, or do without" : hint);
  for (const Node& child : node.children)
    if (open(child)) left_out(child, "the section around it is not", hint);
}

void Ledger::word_left_out(const Node& node, std::string_view word, const std::string& why) {
  take(node);
  if (!words_.emplace(&node, word).second) return;
  diagnostics_.add(
      diag::make("WCTL2501", facts_.mark(node, word),
                 fmt::format("{} of {} is not carried: {}", diag::quote(word), node.name, why),
                 "add what you need of it to the definition"));
}

void Ledger::as_is(const Node& node, const std::string& where) {
  say("WCTL2502", node, fmt::format("{} is in extra_directives of {}", spoken(node), where),
      "see whether a key of the definition says it: wsgictl explain sites");
}

void Ledger::changed(const Node& node, std::string_view word, std::string what, std::string hint) {
  take(node);
  diagnostics_.add(
      diag::make("WCTL2503", facts_.mark(node, word), std::move(what), std::move(hint)));
}

}  // namespace wsgictl::importing
