// SPDX-License-Identifier: Apache-2.0
// The tree of a definition: nothing shared, nothing expanded, every node with its place. Plain
// values; depth and size are bounded by the loader, so recursion over a tree is safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diag/diagnostic.h"

namespace wsgictl::yaml {

enum class Kind { null, scalar, list, map };

struct Member;

struct Node {
  Kind kind = Kind::null;
  diag::Mark mark;
  std::string value;  // of a scalar
  bool plain = true;  // scalar without quotes
  std::vector<Node> items;
  std::vector<Member> members;  // in the order written, keys unique

  // The member named KEY, or null.
  const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  diag::Mark key_mark;
  Node value;
};

}  // namespace wsgictl::yaml
