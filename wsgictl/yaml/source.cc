// SPDX-License-Identifier: Apache-2.0
// Places in a text; see source.h.
#include "yaml/source.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "diag/text.h"

namespace wsgictl::yaml {

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

std::size_t Source::line_start(std::size_t byte) const {
  return *std::prev(std::upper_bound(line_starts_.begin(), line_starts_.end(), byte));
}

diag::Position Source::position(std::size_t byte) const {
  byte = std::min(byte, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte);
  std::size_t start = *std::prev(next);
  // The byte order mark takes no column.
  if (start == 0 && text_.starts_with("\xef\xbb\xbf")) start = std::min<std::size_t>(3, byte);
  diag::Position p;
  p.line = static_cast<int>(next - line_starts_.begin());
  p.column =
      1 + static_cast<int>(diag::code_points(std::string_view(text_).substr(start, byte - start)));
  p.byte = byte;
  return p;
}

diag::Mark Source::mark(std::size_t start, std::size_t end) const {
  return {name_, position(start), position(std::max(start, end))};
}

}  // namespace wsgictl::yaml
