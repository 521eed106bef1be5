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
  // Places are asked for mostly in order: counting goes on from the last one, so that a long line
  // does not cost the square of its length.
  if (start != last_start_ || byte < last_.byte) {
    last_start_ = start;
    last_.byte = start;
    last_.column = 1;
  }
  const auto between = std::string_view(text_).substr(last_.byte, byte - last_.byte);
  last_.column += static_cast<int>(diag::code_points(between));
  last_.line = static_cast<int>(next - line_starts_.begin());
  last_.byte = byte;
  return last_;
}

diag::Mark Source::mark(std::size_t start, std::size_t end) const {
  return {name_, position(start), position(std::max(start, end))};
}

}  // namespace wsgictl::yaml
