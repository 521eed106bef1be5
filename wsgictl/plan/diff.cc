// SPDX-License-Identifier: Apache-2.0
// Longest common subsequence by lines, after equal heads and tails are set aside; rendered files
// are some hundred lines, so the square table is small. See diff.h.
#include "plan/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace wsgictl::plan {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kMaxTable = 16u << 20;  // above that, one block replaces the other

using Lines = std::vector<std::string_view>;

// Lines with their line feed; a last line without one is kept as it is.
Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Edit {
  char kind;  // ' ', '-', '+'
  std::string_view line;
};

// The middle parts, which differ at both ends.
void edit_middle(const Lines& a, std::size_t a0, std::size_t a1, const Lines& b, std::size_t b0,
                 std::size_t b1, std::vector<Edit>& edits) {
  const std::size_t n = a1 - a0;
  const std::size_t m = b1 - b0;
  std::size_t i = 0;
  std::size_t j = 0;
  if ((n + 1) * (m + 1) <= kMaxTable) {
    // length[i][j]: common lines of a[i…] and b[j…]
    std::vector<std::uint32_t> length((n + 1) * (m + 1));
    const auto at = [&](std::size_t x, std::size_t y) -> std::uint32_t& {
      return length[x * (m + 1) + y];
    };
    for (std::size_t x = n; x-- > 0;)
      for (std::size_t y = m; y-- > 0;)
        at(x, y) =
            a[a0 + x] == b[b0 + y] ? at(x + 1, y + 1) + 1 : std::max(at(x + 1, y), at(x, y + 1));
    while (i < n && j < m) {
      if (a[a0 + i] == b[b0 + j]) {
        edits.push_back({' ', a[a0 + i]});
        ++i, ++j;
      } else if (at(i + 1, j) >= at(i, j + 1)) {
        edits.push_back({'-', a[a0 + i++]});
      } else {
        edits.push_back({'+', b[b0 + j++]});
      }
    }
  }
  while (i < n) edits.push_back({'-', a[a0 + i++]});
  while (j < m) edits.push_back({'+', b[b0 + j++]});
}

std::vector<Edit> edits_of(const Lines& a, const Lines& b) {
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < head; ++i) edits.push_back({' ', a[i]});
  edit_middle(a, head, a.size() - tail, b, head, b.size() - tail, edits);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) edits.push_back({' ', a[i]});
  return edits;
}

// patch's rule: an empty range names the line before it.
std::string range(std::size_t start, std::size_t count) {
  if (count == 1) return fmt::format("{}", start + 1);
  return fmt::format("{},{}", count == 0 ? start : start + 1, count);
}

void append_hunk(std::string& out, const std::vector<Edit>& edits, std::size_t from, std::size_t to,
                 std::size_t a_line, std::size_t b_line) {
  std::size_t a_count = 0;
  std::size_t b_count = 0;
  for (std::size_t i = from; i < to; ++i) {
    a_count += edits[i].kind != '+';
    b_count += edits[i].kind != '-';
  }
  out += fmt::format("@@ -{} +{} @@\n", range(a_line, a_count), range(b_line, b_count));
  for (std::size_t i = from; i < to; ++i) {
    out += edits[i].kind;
    out += edits[i].line;
    if (!edits[i].line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

// Changes closer than two contexts share a hunk.
void append_hunks(std::string& out, const std::vector<Edit>& edits) {
  std::size_t a_line = 0;
  std::size_t b_line = 0;
  std::size_t done = 0;
  const auto advance = [&](std::size_t to) {
    for (; done < to; ++done) {
      a_line += edits[done].kind != '+';
      b_line += edits[done].kind != '-';
    }
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].kind == ' ') continue;
    std::size_t last = i;
    for (std::size_t j = i; j < edits.size() && j <= last + 2 * kContext + 1; ++j)
      if (edits[j].kind != ' ') last = j;
    const std::size_t from = std::max(done, i > kContext ? i - kContext : 0);
    const std::size_t to = std::min(edits.size(), last + kContext + 1);
    advance(from);
    append_hunk(out, edits, from, to, a_line, b_line);
    advance(to);
    i = to - 1;
  }
}

}  // namespace

std::string unified_diff(std::string_view path, const std::string* before,
                         const std::string* after) {
  const std::string old_text = before != nullptr ? *before : "";
  const std::string new_text = after != nullptr ? *after : "";
  if (old_text == new_text && (before != nullptr) == (after != nullptr)) return "";
  std::string out = before != nullptr ? fmt::format("--- a{}\n", path) : "--- /dev/null\n";
  out += after != nullptr ? fmt::format("+++ b{}\n", path) : "+++ /dev/null\n";
  const Lines a = split(old_text);
  const Lines b = split(new_text);
  append_hunks(out, edits_of(a, b));
  return out;
}

}  // namespace wsgictl::plan
