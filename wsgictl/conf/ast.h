// SPDX-License-Identifier: Apache-2.0
// An Apache configuration as data, each line with the YAML place it comes from. Built from typed
// values; turned into text by printer.h only, which is the one place that quotes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "diag/diagnostic.h"
#include "model/app.h"

namespace wsgictl::conf {

// One argument. A value comes from outside and is quoted; a word is a constant of ours.
struct Argument {
  std::string option;  // NAME of NAME=value, "" for a plain argument
  std::string text;
  bool quoted = true;
  diag::Mark mark;
};

inline Argument word(std::string text) { return {"", std::move(text), false, {}}; }
inline Argument word(std::string option, std::string text) {
  return {std::move(option), std::move(text), false, {}};
}
inline Argument value(std::string text, diag::Mark mark) {
  return {"", std::move(text), true, std::move(mark)};
}
inline Argument value(const model::Text& text) { return value(text.value, text.mark); }
inline Argument value(std::string option, std::string text, diag::Mark mark) {
  return {std::move(option), std::move(text), true, std::move(mark)};
}

enum class NodeKind { directive, section, comment, blank };

struct Node {
  NodeKind kind = NodeKind::directive;
  std::string name;  // of directive or section; text of a comment
  std::vector<Argument> arguments;
  std::vector<Node> children;
  diag::Mark origin;
};

// A list of nodes that remembers the place which the next ones come from.
class Block {
 public:
  explicit Block(diag::Mark origin) : origin_(std::move(origin)) {}
  void from(const diag::Mark& origin) { origin_ = origin; }
  void directive(std::string name, std::vector<Argument> arguments) {
    nodes_.push_back({NodeKind::directive, std::move(name), std::move(arguments), {}, origin_});
  }
  void section(std::string name, std::vector<Argument> arguments, Block children) {
    nodes_.push_back({NodeKind::section, std::move(name), std::move(arguments),
                      std::move(children.nodes_), origin_});
  }
  void comment(std::string text) {
    nodes_.push_back({NodeKind::comment, std::move(text), {}, {}, origin_});
  }
  void blank() { nodes_.push_back({NodeKind::blank, "", {}, {}, origin_}); }
  void append(Block other) {
    for (Node& node : other.nodes_) nodes_.push_back(std::move(node));
  }
  const std::vector<Node>& nodes() const { return nodes_; }

 private:
  diag::Mark origin_;
  std::vector<Node> nodes_;
};

}  // namespace wsgictl::conf
