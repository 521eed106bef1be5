// SPDX-License-Identifier: Apache-2.0
// One text with its name, and places in it: lines and columns from byte offsets. Columns count code
// points (yaml-cpp counts bytes). Owns the text; marks own their file name.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "diag/diagnostic.h"

namespace wsgictl::yaml {

class Source {
 public:
  Source(std::string name, std::string text);

  const diag::FileName& name() const { return name_; }
  const std::string& text() const { return text_; }

  diag::Position position(std::size_t byte) const;
  diag::Mark mark(std::size_t start, std::size_t end) const;
  std::size_t line_start(std::size_t byte) const;  // offset of the line that BYTE is in

 private:
  diag::FileName name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  mutable diag::Position last_;  // of the last answer; one thread uses a Source
  mutable std::size_t last_start_ = 0;
};

}  // namespace wsgictl::yaml
