// SPDX-License-Identifier: Apache-2.0
// What the author of an unknown key may have meant. Pure.
#pragma once

#include <string>
#include <string_view>

#include "yaml/node.h"

namespace wsgictl::model {

struct Suggestion {
  std::string hint;         // "did you mean …?"
  std::string replacement;  // text for the key, "" if none
  std::string docs;
};

// For WORD, which TABLE_PATH ("apps.*.daemon") does not know. Keys that NODE already has are not
// suggested. Without a neighbour: where else the key is known, else which keys there are.
Suggestion suggest_key(std::string_view table_path, std::string_view word, const yaml::Node& node);

}  // namespace wsgictl::model
