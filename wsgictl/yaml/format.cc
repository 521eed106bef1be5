// SPDX-License-Identifier: Apache-2.0
// Canonical layout; see format.h. A walk over the tree tells each line its indentation; then the
// lines are written anew, and the outcome is read again to prove that nothing changed.
#include "yaml/format.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "diag/codes.h"
#include "yaml/loader.h"

namespace wsgictl::yaml {
namespace {

constexpr std::size_t kStep = 2;
constexpr std::string_view kBlanks = " \t";

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.value != b.value || a.plain != b.plain ||
      a.items.size() != b.items.size() || a.members.size() != b.members.size())
    return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (std::size_t i = 0; i < a.members.size(); ++i)
    if (a.members[i].key != b.members[i].key || !same(a.members[i].value, b.members[i].value))
      return false;
  return true;
}

struct Line {
  std::size_t start = 0, end = 0;  // of what is neither blanks nor line end
  std::size_t old_indent = 0, indent = 0;
  bool placed = false;
};

class Formatter {
 public:
  Formatter(const Source& source, diag::Diagnostics& diagnostics)
      : source_(source), text_(source.text()), diagnostics_(diagnostics) {
    split();
  }

  std::optional<std::string> run(const Node& root) {
    block(root, 0);
    for (Line& line : lines_)
      if (is_marker(line)) place(line.start, 0);
    for (const Line& line : lines_)
      if (!line.placed && line.start < line.end && text_[line.start] != '#')
        refuse(line.start, line.end);
    if (refused_) return std::nullopt;
    comments();
    return write();
  }

 private:
  void split() {
    for (std::size_t at = text_.starts_with("\xef\xbb\xbf") ? 3 : 0; at < text_.size();) {
      const std::size_t stop = std::min(text_.find('\n', at), text_.size());
      Line line;
      line.start = std::min(text_.find_first_not_of(kBlanks, at), stop);
      line.end = stop;
      while (line.end > line.start &&
             (kBlanks.find(text_[line.end - 1]) != kBlanks.npos || text_[line.end - 1] == '\r'))
        --line.end;
      line.old_indent = line.start - at;
      lines_.push_back(line);
      at = stop + 1;
    }
  }

  void refuse(std::size_t start, std::size_t end) {
    refused_ = true;
    diagnostics_.add(diag::make("WCTL1023", source_.mark(start, end),
                                "the layout of this line cannot be made canonical",
                                "write each value on one line, in the block or flow form"));
  }

  Line& line_of(std::size_t byte) {
    const auto next = std::upper_bound(lines_.begin(), lines_.end(), byte,
                                       [](std::size_t b, const Line& l) { return b < l.start; });
    return next == lines_.begin() ? lines_.front() : *std::prev(next);
  }

  bool is_marker(const Line& line) const {
    return line.old_indent == 0 && text_.compare(line.start, 3, "---") == 0;
  }

  // What starts at BYTE stands INDENT in, if it is the first of its line.
  void place(std::size_t byte, std::size_t indent) {
    Line& line = line_of(byte);
    if (line.placed) return;
    const std::string_view before = text_.substr(line.start, byte - line.start);
    if (before.find_first_not_of("- \t") != before.npos) return;
    // "- key": the dash stands where its list does.
    const auto dashes = static_cast<std::size_t>(std::count(before.begin(), before.end(), '-'));
    if (dashes * kStep > indent) return;
    line.indent = indent - dashes * kStep;
    line.placed = true;
  }

  void block(const Node& node, std::size_t indent) {
    if (node.kind == Kind::scalar) return scalar(node, indent);
    if (node.kind == Kind::null) return;
    const std::size_t start = node.mark.start.byte;
    if (start < text_.size() && (text_[start] == '{' || text_[start] == '['))
      return flow(node, indent);
    for (const Member& member : node.members) {
      place(member.key_mark.start.byte, indent);
      gap(member.key_mark.end.byte, ':', member.value);
      const bool list = member.value.kind == Kind::list || member.value.kind == Kind::map;
      if (list && !on_line_of(member.key_mark, member.value))
        block(member.value, indent + kStep);
      else
        block(member.value, on_line_of(member.key_mark, member.value) ? indent : indent + kStep);
    }
    for (const Node& item : node.items) {
      dash(item, indent);
      block(item, indent + kStep);
    }
  }

  static bool on_line_of(const diag::Mark& key, const Node& value) {
    return key.end.line == value.mark.start.line;
  }

  void scalar(const Node& node, std::size_t indent) {
    const std::size_t start = node.mark.start.byte;
    if (start < text_.size() && (text_[start] == '|' || text_[start] == '>')) {
      const Line& line = line_of(start);
      return refuse(line.start, line.end);
    }
    place(start, indent);
  }

  // Lines inside brackets stand one level in for each bracket that is open.
  void flow(const Node& node, std::size_t indent) {
    const std::size_t start = node.mark.start.byte;
    place(start, indent);
    std::size_t depth = 0;
    char quote = '\0';
    for (std::size_t i = start; i < text_.size(); ++i) {
      const char c = text_[i];
      const bool first = line_of(i).start == i;
      if (quote != '\0') {
        if (quote == '"' && c == '\\')
          ++i;
        else if (c == quote)
          quote = '\0';
        continue;
      }
      const bool closes = c == '}' || c == ']';
      if (first && i != start && c != '#') place(i, indent + kStep * (closes ? depth - 1 : depth));
      const char before = i == 0 ? '\n' : text_[i - 1];
      if (c == '#' && (before == ' ' || before == '\t' || before == '\n')) {
        i = std::min(text_.find('\n', i), text_.size());
      } else if ((c == '"' || c == '\'') &&
                 std::string_view(" \t\n{[,:").find(before) != std::string_view::npos) {
        quote = c;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (closes && --depth == 0) {
        return;
      }
    }
  }

  // The dash of ITEM: last one before it; on a line of its own it is placed here.
  void dash(const Node& item, std::size_t indent) {
    const std::size_t start = item.mark.start.byte;
    Line* line = &line_of(start);
    if (text_[line->start] == '-') {
      place(line->start, indent);
      gap(dash_before(start), '-', item);
      return;
    }
    while (line != &lines_.front()) {
      --line;
      if (line->start < line->end && text_[line->start] == '-') return place(line->start, indent);
      if (line->start < line->end && text_[line->start] != '#') return;
    }
  }

  std::size_t dash_before(std::size_t byte) const {
    const std::size_t at = text_.find_last_not_of(kBlanks, byte == 0 ? 0 : byte - 1);
    return at == std::string_view::npos ? byte : at;
  }

  // Between a key or dash and its value, where both are on one line: one blank.
  void gap(std::size_t from, char mark, const Node& value) {
    const std::size_t colon = text_.find_first_not_of(kBlanks, from);
    if (mark == ':' && colon != from && colon < text_.size() && text_[colon] == mark)
      gaps_[from] = {colon + 1, ":"};
    const std::size_t to = value.mark.start.byte;
    if (value.kind == Kind::null || to <= from || to > text_.size()) return;
    const std::string_view between = text_.substr(from, to - from);
    if (between.find_first_not_of(std::string(kBlanks) + mark) != between.npos) return;
    if (std::count(between.begin(), between.end(), mark) != 1) return;
    gaps_[from] = {to, std::string(1, mark) + " "};
  }

  // A comment belongs to what follows; one that stands deeper, to what is before it.
  void comments() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      Line& line = lines_[i];
      if (line.placed || line.start == line.end) continue;
      const auto next = std::find_if(lines_.begin() + static_cast<std::ptrdiff_t>(i), lines_.end(),
                                     [](const Line& l) { return l.placed; });
      if (next != lines_.end() && line.old_indent <= next->old_indent) {
        line.indent = next->indent;
        continue;
      }
      for (std::size_t before = i; before-- > 0;) {
        if (!lines_[before].placed || lines_[before].old_indent > line.old_indent) continue;
        line.indent = line.old_indent == 0 ? 0 : lines_[before].indent;
        break;
      }
    }
  }

  std::string write() const {
    std::string out;
    bool empty = false;
    for (const Line& line : lines_) {
      if (line.start == line.end) {
        empty = !out.empty();
        continue;
      }
      if (empty) out += '\n';
      empty = false;
      out.append(line.indent, ' ');
      for (std::size_t at = line.start; at < line.end;) {
        const auto gap = gaps_.lower_bound(at);
        if (gap == gaps_.end() || gap->first >= line.end) {
          out += text_.substr(at, line.end - at);
          break;
        }
        out += text_.substr(at, gap->first - at);
        out += gap->second.second;
        at = gap->second.first;
      }
      out += '\n';
    }
    return out;
  }

  const Source& source_;
  std::string_view text_;
  diag::Diagnostics& diagnostics_;
  std::vector<Line> lines_;
  std::map<std::size_t, std::pair<std::size_t, std::string>> gaps_;  // from, to, what instead
  bool refused_ = false;
};

}  // namespace

std::optional<std::string> format(const Source& source, diag::Diagnostics& diagnostics) {
  const auto root = load(source, diagnostics);
  if (!root) return std::nullopt;
  const auto once = Formatter(source, diagnostics).run(*root);
  if (!once) return std::nullopt;
  diag::Diagnostics ignored;
  const Source again(source.name(), *once);
  const auto reread = load(again, ignored);
  if (reread && same(*root, *reread) && Formatter(again, ignored).run(*reread) == once) return once;
  diagnostics.add(diag::make("WCTL1023", source.mark(0, 0),
                             "the layout of this file cannot be made canonical",
                             "write each value on one line, in the block or flow form"));
  return std::nullopt;
}

}  // namespace wsgictl::yaml
