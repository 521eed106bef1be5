// SPDX-License-Identifier: Apache-2.0
// Texts of a place; see place.h.
#include "model/place.h"

#include <utility>

#include "diag/text.h"

namespace wsgictl::model {

std::string pointer_below(std::string pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string Place::pointer() const {
  return above == nullptr ? "" : pointer_below(above->pointer(), name);
}

std::string Place::words() const {
  if (above == nullptr) return "";
  std::string text = above->words();
  if (item) return text;
  if (!text.empty()) text += '.';
  return text + diag::escape(name);
}

}  // namespace wsgictl::model
