// SPDX-License-Identifier: Apache-2.0
// Suggestions for keys; see suggest.h.
#include "model/suggest.h"

#include <fmt/format.h>

#include <vector>

#include "diag/text.h"
#include "model/keys.h"

namespace wsgictl::model {
namespace {

constexpr std::size_t kListed = 12;  // no more keys than this are listed in a hint

// Where else a key of this name stands, in the words of a definition.
std::string elsewhere(std::string_view word) {
  std::string found;
  for (const Key& key : keys()) {
    if (last_word(key.path) != word || key.path.find('.') == std::string_view::npos) continue;
    if (!found.empty()) return "";
    const std::string_view parent = key.path.substr(0, key.path.rfind('.'));
    for (const char c : parent) found += c == '*' ? std::string("NAME") : std::string(1, c);
  }
  return found;
}

}  // namespace

Suggestion suggest_key(std::string_view table_path, std::string_view word, const yaml::Node& node) {
  const std::string docs = plain_path(table_path);
  Suggestion out;
  std::vector<std::string> free;
  for (const Key* key : children(table_path))
    if (node.find(last_word(key->path)) == nullptr) free.emplace_back(last_word(key->path));
  if (const auto near = diag::nearest(word, free)) {
    out.hint = fmt::format("did you mean \"{}\"?", *near);
    out.replacement = *near;
    out.docs = fmt::format("wsgictl explain {}{}{}", docs, docs.empty() ? "" : ".", *near);
    return out;
  }
  if (!docs.empty()) out.docs = "wsgictl explain " + docs;
  if (const std::string place = elsewhere(word); !place.empty()) {
    out.hint = fmt::format("\"{}\" belongs in {}", word, place);
  } else if (!free.empty() && free.size() <= kListed) {
    out.hint = "known here: " + diag::join_or(free);
  } else {
    out.hint = "remove the key";
  }
  return out;
}

}  // namespace wsgictl::model
