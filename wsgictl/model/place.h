// SPDX-License-Identifier: Apache-2.0
// A place in the tree while the decoder walks: a link to the place above and a name. Its texts are
// put together only when something is said about it. Lives on the stack of the walk, owns nothing.
#pragma once

#include <string>
#include <string_view>

namespace wsgictl::model {

struct Place {
  std::string_view table;        // row of the table: "apps.*.daemon"
  const Place* above = nullptr;  // null: the whole definition
  std::string_view name;         // key, or number of a list item
  bool item = false;             // of a list: part of the pointer, not of the words

  std::string pointer() const;  // JSON pointer, RFC 6901: "/apps/shop/daemon"
  std::string words() const;    // of messages, escaped: "apps.shop.daemon"
};

// POINTER with one more NAME.
std::string pointer_below(std::string pointer, std::string_view name);

}  // namespace wsgictl::model
