// SPDX-License-Identifier: Apache-2.0
// Walks tree and table together; see decode.h.
#include "model/decode.h"

#include <fmt/format.h>

#include <algorithm>

#include "diag/codes.h"
#include "diag/text.h"
#include "model/decode_scalar.h"
#include "model/place.h"
#include "model/suggest.h"
#include "model/types.h"
#include "yaml/scalar.h"

namespace wsgictl::model {
namespace {

using yaml::Kind;
using yaml::Member;
using yaml::Node;

std::string name_of(const Place& place) {
  return place.above == nullptr ? "the definition" : place.words();
}

class Decoder {
 public:
  explicit Decoder(diag::Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void object(const Node& node, const Place& place, void* owner);
  void defaults(std::string_view table, void* owner);

 private:
  void add(const char* code, const diag::Mark& mark, const Place& place, std::string message,
           std::string hint) {
    diag::Diagnostic d = diag::make(code, mark, std::move(message), std::move(hint));
    d.path = place.pointer();
    if (!place.table.empty()) d.docs = "wsgictl explain " + plain_path(place.table);
    diagnostics_.add(std::move(d));
  }

  bool is_map(const Node& node, const Key* key, const Place& place);
  void unknown(const Node& node, const Member& member, const Place& place);
  void value(const Key& key, const Member& member, const Place& place, void* owner);
  void list(const Key& key, const Node& node, const Place& place, void* owner);
  void scalar(const Key& key, const Key* row, const Node& node, const Place& place, void* owner);
  void objects(const Key& key, const Node& node, const Place& place, void* owner);
  bool is_list(const Key& key, const Node& node, const Place& place);
  void map(const Key& key, const Node& node, const Place& place, void* owner);
  void required(const Node& node, const std::vector<const Key*>& rows, const Place& place);
  void exclusive(const Node& node, const std::vector<const Key*>& rows, const Place& place);
  void needs(const Node& node, const std::vector<const Key*>& rows, const Place& place);

  diag::Diagnostics& diagnostics_;
};

bool Decoder::is_map(const Node& node, const Key* key, const Place& place) {
  if (node.kind == Kind::map) return true;
  const bool nothing = node.kind == Kind::null;
  std::string hint = "write the keys below it, indented";
  if (!nothing && key != nullptr && key->type == Type::map)
    hint = "write \"NAME:\" and its keys below, without a dash";
  add(nothing ? "WCTL1213" : "WCTL1201", node.mark, place,
      fmt::format("expected a map, found {}", yaml::describe(node)), hint);
  return false;
}

void Decoder::unknown(const Node& node, const Member& member, const Place& place) {
  const Suggestion suggestion = suggest_key(place.table, member.key, node);
  diag::Diagnostic d =
      diag::make("WCTL1203", member.key_mark,
                 fmt::format("unknown key {} in {}", diag::quote(member.key), name_of(place)),
                 suggestion.hint);
  d.path = pointer_below(place.pointer(), member.key);
  d.replacement = suggestion.replacement;
  d.docs = suggestion.docs;
  diagnostics_.add(std::move(d));
}

void Decoder::object(const Node& node, const Place& place, void* owner) {
  if (!is_map(node, nullptr, place)) return;
  const std::vector<const Key*>& rows = children(place.table);
  for (const Member& member : node.members) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Key* key) {
      return last_word(key->path) == member.key;
    });
    if (row == rows.end()) {
      unknown(node, member, place);
    } else {
      value(**row, member, {(*row)->path, &place, member.key}, owner);
    }
  }
  required(node, rows, place);
  exclusive(node, rows, place);
  needs(node, rows, place);
}

// Defaults first, so that a value that is refused leaves the default.
void Decoder::defaults(std::string_view table, void* owner) {
  for (const Key* key : children(table)) {
    if (key->store != nullptr && key->shape == Shape::one) {
      if (const auto& parsed = fallback(*key)) key->store(owner, *parsed);
    } else if (key->implied) {
      defaults(key->path, key->enter(owner, {}));
    }
  }
}

void Decoder::value(const Key& key, const Member& member, const Place& place, void* owner) {
  const Node& node = member.value;
  if (key.type == Type::map) {
    map(key, node, place, owner);
  } else if (key.type == Type::object && key.shape == Shape::list) {
    objects(key, node, place, owner);
  } else if (key.type == Type::object) {
    void* inner = key.enter(owner, node.mark);
    if (!key.implied) defaults(place.table, inner);
    object(node, place, inner);
  } else if (key.shape == Shape::list ||
             (key.shape == Shape::one_or_list && node.kind == Kind::list)) {
    list(key, node, place, owner);
  } else {
    scalar(key, &key, node, place, owner);
  }
}

void Decoder::scalar(const Key& key, const Key* row, const Node& node, const Place& place,
                     void* owner) {
  auto parsed = decode_scalar(key, node, place, diagnostics_);
  if (!parsed) return;
  parsed->row = row;
  key.store(owner, std::move(*parsed));
}

bool Decoder::is_list(const Key& key, const Node& node, const Place& place) {
  if (node.kind == Kind::list) return true;
  const bool single = node.kind == Kind::scalar && key.type != Type::object;
  add(node.kind == Kind::null ? "WCTL1213" : "WCTL1201", node.mark, place,
      fmt::format("expected a list, found {}", yaml::describe(node)),
      single                ? fmt::format("write [{}]", diag::escape(node.value))
      : key.example.empty() ? "write one item a line, each after a dash"
                            : fmt::format("write a list such as {}", key.example));
  return false;
}

void Decoder::objects(const Key& key, const Node& node, const Place& place, void* owner) {
  if (!is_list(key, node, place)) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string number = std::to_string(i);
    const Place item{place.table, &place, number, true};
    Parsed at;
    at.mark = node.items[i].mark;
    void* element = key.add(owner, std::move(at));
    defaults(item.table, element);
    object(node.items[i], item, element);
  }
}

void Decoder::list(const Key& key, const Node& node, const Place& place, void* owner) {
  if (!is_list(key, node, place)) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string number = std::to_string(i);
    const Place item{place.table, &place, number, true};
    Key one = key;
    one.shape = Shape::one;
    scalar(one, &key, node.items[i], item, owner);
  }
}

void Decoder::map(const Key& key, const Node& node, const Place& place, void* owner) {
  if (!is_map(node, &key, place)) return;
  const Key* below = find_key(std::string(key.path) + ".*");
  for (const Member& member : node.members) {
    const Place inner{below->path, &place, member.key};
    if (below->type == Type::value) diagnostics_.add_sensitive(member.value.mark);
    if (const auto problem = check_text(key.names, member.key)) {
      diag::Diagnostic d =
          diag::make(problem->code, member.key_mark, problem->message, problem->hint);
      d.path = inner.pointer();
      d.replacement = problem->replacement;
      d.docs = "wsgictl explain " + plain_path(key.path);
      diagnostics_.add(std::move(d));
      continue;
    }
    Parsed name;
    name.text = member.key;
    name.mark = member.key_mark;
    void* element = key.add(owner, std::move(name));
    if (below->type == Type::object) {
      defaults(inner.table, element);
      object(member.value, inner, element);
    } else {
      scalar(*below, below, member.value, inner, element);
    }
  }
}

void Decoder::required(const Node& node, const std::vector<const Key*>& rows, const Place& place) {
  for (const Key* key : rows) {
    const auto name = last_word(key->path);
    if (!key->required || node.find(name) != nullptr) continue;
    diag::Mark mark = node.mark;
    mark.end = mark.start;
    add("WCTL1202", mark, place, fmt::format("missing key \"{}\" in {}", name, name_of(place)),
        key->example.empty() ? fmt::format("add \"{}:\"", name)
                             : fmt::format("add \"{}: {}\"", name, key->example));
  }
}

void Decoder::exclusive(const Node& node, const std::vector<const Key*>& rows, const Place& place) {
  const Member* first = nullptr;
  std::vector<std::string> names;
  for (const Key* key : rows)
    if (key->exclusive) names.emplace_back(last_word(key->path));
  for (const Member& member : node.members) {
    if (std::find(names.begin(), names.end(), member.key) == names.end()) continue;
    if (first == nullptr) {
      first = &member;
      continue;
    }
    diag::Diagnostic d =
        diag::make("WCTL1208", member.key_mark,
                   fmt::format("\"{}\" and \"{}\" exclude each other", first->key, member.key),
                   "keep one of the two");
    d.path = pointer_below(place.pointer(), member.key);
    d.related.push_back({first->key_mark, fmt::format("\"{}\" is here", first->key)});
    diagnostics_.add(std::move(d));
  }
  if (names.empty() || first != nullptr) return;
  diag::Mark mark = node.mark;
  mark.end = mark.start;
  add("WCTL1211", mark, place, fmt::format("{} needs {}", place.words(), diag::join_or(names)),
      "add exactly one of them");
}

void Decoder::needs(const Node& node, const std::vector<const Key*>& rows, const Place& place) {
  for (const Key* key : rows) {
    if (key->needs.empty()) continue;
    const Member* member = node.find(last_word(key->path));
    if (member == nullptr) continue;
    const auto others = words(key->needs);
    if (std::any_of(others.begin(), others.end(),
                    [&](const std::string& name) { return node.find(name) != nullptr; }))
      continue;
    add("WCTL1208", member->key_mark, Place{key->path, &place, member->key},
        fmt::format("\"{}\" goes with {} only", member->key, diag::join_or(others)),
        others.size() == 1 ? fmt::format("add \"{}\", or remove the key", others[0])
                           : std::string("remove the key"));
  }
}

}  // namespace

void decode(const yaml::Node& root, Definition& definition, diag::Diagnostics& diagnostics) {
  Decoder decoder(diagnostics);
  decoder.defaults("", &definition);
  decoder.object(root, {}, &definition);
}

}  // namespace wsgictl::model
