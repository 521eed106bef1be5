// SPDX-License-Identifier: Apache-2.0
#include "cli/columns.h"

#include <algorithm>

namespace wsgictl::cli {
namespace {

constexpr std::size_t kWidth = 80;

}  // namespace

std::string in_columns(const std::string& name, std::string_view text, std::size_t column) {
  std::string out = name;
  std::size_t at = out.size();
  if (at >= column && at > 0 && !text.empty()) {
    out += '\n';
    at = 0;
  }
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (first || at + 1 + end > kWidth) {
      if (!first) out += '\n';
      out.append(column - (first ? at : 0), ' ');
      at = column;
    } else {
      out += ' ';
      ++at;
    }
    out += text.substr(0, end);
    at += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + "\n";
}

}  // namespace wsgictl::cli
