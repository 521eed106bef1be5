// SPDX-License-Identifier: Apache-2.0
// Receives yaml-cpp's events of one document and builds the tree. Included by loader.cc and its
// tests only. Throws Stop (caught by the loader) when a limit is passed.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "diag/diagnostic.h"
#include "yaml/node.h"
#include "yaml/source.h"

namespace wsgictl::yaml {

struct Stop {};

class Composer : public YAML::EventHandler {
 public:
  // OFFSET: bytes of SOURCE before the text that the parser sees.
  Composer(const Source& source, std::size_t offset, diag::Diagnostics& diagnostics)
      : source_(source), offset_(offset), diagnostics_(diagnostics) {}

  Node take() { return std::move(root_); }
  bool has_root() const { return has_root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  // A list or map that is being filled. In a map, a node is a key and a value in turn.
  struct Frame {
    Node node;
    bool expects_key = false;
    bool drop_value = false;  // the key was refused
    std::string key;
    diag::Mark key_mark;
    std::unordered_map<std::string, std::size_t> index;
  };

  std::size_t at(const YAML::Mark& mark) const;
  std::size_t check_properties(const YAML::Mark& mark, const std::string& tag, bool anchored);
  void check_indentation(std::size_t byte);
  void refuse(const char* code, std::size_t start, std::size_t end, std::string message,
              const char* hint);
  void count(std::size_t byte);
  void open(Node node);
  void close();
  void place(Node node);
  void place_key(Node node);
  bool duplicate(const Frame& frame, const Node& node);

  const Source& source_;
  std::size_t offset_;
  diag::Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  Node root_;
  bool has_root_ = false;
  std::size_t nodes_ = 0;
  std::set<std::size_t> refused_at_;
};

}  // namespace wsgictl::yaml
