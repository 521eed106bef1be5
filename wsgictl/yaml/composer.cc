// SPDX-License-Identifier: Apache-2.0
// Events to nodes; see composer.h.
#include "yaml/composer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "diag/codes.h"
#include "diag/text.h"
#include "yaml/extent.h"
#include "yaml/loader.h"

namespace wsgictl::yaml {
namespace {

bool is_null_word(std::string_view text) {
  return text.starts_with("~") || text.starts_with("null") || text.starts_with("Null") ||
         text.starts_with("NULL");
}

}  // namespace

std::size_t Composer::at(const YAML::Mark& mark) const {
  const std::size_t byte = offset_ + static_cast<std::size_t>(mark.pos < 0 ? 0 : mark.pos);
  return std::min(byte, source_.text().size());
}

void Composer::refuse(const char* code, std::size_t start, std::size_t end, std::string message,
                      const char* hint) {
  if (!refused_at_.insert(start).second) return;
  diagnostics_.add(diag::make(code, source_.mark(start, end), std::move(message), hint));
}

void Composer::count(std::size_t byte) {
  if (++nodes_ <= kMaxNodes) return;
  refuse("WCTL1019", byte, byte, fmt::format("more than {} values in one file", kMaxNodes),
         "split the definition into several files");
  throw Stop{};
}

// A node that is first on its line must be indented by spaces. yaml-cpp takes some such tabs for
// separation and gives the line another level than the one that is seen.
void Composer::check_indentation(std::size_t byte) {
  const std::string& text = source_.text();
  const std::size_t start = source_.line_start(byte);
  const std::size_t first = text.find_first_not_of(" \t", start);
  if (first != byte) return;
  const std::size_t tab = std::string_view(text).substr(start, byte - start).find('\t');
  if (tab != std::string_view::npos)
    refuse("WCTL1010", start + tab, start + tab + 1, "tab used for indentation",
           "indent with spaces");
}

// Refuses anchor and tag; returns where the value itself starts.
std::size_t Composer::check_properties(const YAML::Mark& mark, const std::string& tag,
                                       bool anchored) {
  const std::size_t start = at(mark);
  count(start);
  check_indentation(start);
  const Properties found = skip_properties(source_.text(), start);
  const bool tagged = !tag.empty() && tag != "?" && tag != "!";
  if (anchored)
    refuse("WCTL1012", start, found.first_end, "anchors are not supported",
           "write the value out where it is needed");
  if (tagged || found.tag)
    refuse(
        "WCTL1014", start, found.first_end,
        fmt::format(
            "tag {} is not supported",
            diag::quote(std::string_view(source_.text()).substr(start, found.first_end - start))),
        "remove the tag; put a text that starts with ! in quotes");
  return found.value_start;
}

void Composer::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const std::size_t start = at(mark);
  count(start);
  if (anchor != YAML::NullAnchor)
    refuse("WCTL1012", start, start + 1, "anchors are not supported",
           "write the value out where it is needed");
  Node node;
  const std::string_view rest = std::string_view(source_.text()).substr(start);
  const bool written = is_null_word(rest);
  node.mark = source_.mark(start, written ? start + (rest[0] == '~' ? 1 : 4) : start);
  // An absent value is reported at its key: the parser's place is the next thing in the file.
  if (!written && !frames_.empty() && frames_.back().node.kind == Kind::map &&
      !frames_.back().expects_key)
    node.mark = frames_.back().key_mark;
  place(std::move(node));
}

void Composer::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  const std::size_t start = at(mark);
  count(start);
  const std::size_t end =
      std::min(source_.text().find_first_of(" \t\r\n,]}", start), source_.text().size());
  refuse("WCTL1013", start, end, "aliases are not supported",
         "write the value out; put a text that starts with * in quotes");
  Node node;
  node.mark = source_.mark(start, end);
  place(std::move(node));
}

void Composer::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        const std::string& value) {
  const std::size_t start = check_properties(mark, tag, anchor != YAML::NullAnchor);
  Node node;
  node.kind = Kind::scalar;
  node.value = value;
  const std::string& text = source_.text();
  const char first = start < text.size() ? text[start] : '\0';
  node.plain = first != '"' && first != '\'' && first != '|' && first != '>';
  const std::size_t end = scalar_end(text, start, value);
  node.mark = source_.mark(start, end);
  // yaml-cpp takes the end of the file for the closing quote.
  if ((first == '"' || first == '\'') && (end < start + 2 || text[end - 1] != first))
    refuse("WCTL1011", start, start + 1, "the closing quote is missing", "add the closing quote");
  place(std::move(node));
}

void Composer::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                               YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  Node node;
  node.kind = Kind::list;
  const std::size_t start = check_properties(mark, tag, anchor != YAML::NullAnchor);
  node.mark = source_.mark(start, start + 1);
  open(std::move(node));
}

void Composer::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                          YAML::EmitterStyle::value) {
  Node node;
  node.kind = Kind::map;
  const std::size_t start = check_properties(mark, tag, anchor != YAML::NullAnchor);
  node.mark = source_.mark(start, start + 1);
  open(std::move(node));
}

void Composer::OnSequenceEnd() { close(); }
void Composer::OnMapEnd() { close(); }

void Composer::open(Node node) {
  if (frames_.size() >= kMaxDepth) {
    refuse("WCTL1018", node.mark.start.byte, node.mark.end.byte,
           fmt::format("nested more than {} levels deep", kMaxDepth),
           "check the indentation and the brackets");
    throw Stop{};
  }
  Frame frame;
  frame.expects_key = node.kind == Kind::map;
  frame.node = std::move(node);
  frames_.push_back(std::move(frame));
}

void Composer::close() {
  Node node = std::move(frames_.back().node);
  frames_.pop_back();
  if (!node.items.empty()) node.mark.end = node.items.back().mark.end;
  if (!node.members.empty()) {
    const Member& last = node.members.back();
    node.mark.end =
        last.value.mark.end.byte > last.key_mark.end.byte ? last.value.mark.end : last.key_mark.end;
  }
  place(std::move(node));
}

void Composer::place(Node node) {
  if (frames_.empty()) {
    root_ = std::move(node);
    has_root_ = true;
    return;
  }
  Frame& frame = frames_.back();
  if (frame.node.kind == Kind::list) {
    frame.node.items.push_back(std::move(node));
  } else if (frame.expects_key) {
    place_key(std::move(node));
  } else {
    frame.expects_key = true;
    if (frame.drop_value) return;
    frame.index.emplace(frame.key, frame.node.members.size());
    frame.node.members.push_back({std::move(frame.key), frame.key_mark, std::move(node)});
  }
}

bool Composer::duplicate(const Frame& frame, const Node& node) {
  const auto earlier = frame.index.find(node.value);
  if (earlier == frame.index.end()) return false;
  diag::Diagnostic d =
      diag::make("WCTL1020", node.mark, fmt::format("duplicate key {}", diag::quote(node.value)),
                 "remove one of the two");
  d.related.push_back({frame.node.members[earlier->second].key_mark, "first defined here"});
  diagnostics_.add(std::move(d));
  return true;
}

void Composer::place_key(Node node) {
  Frame& frame = frames_.back();
  frame.expects_key = false;
  frame.drop_value = true;
  frame.key_mark = node.mark;
  const std::size_t start = node.mark.start.byte;
  if (node.kind != Kind::scalar || node.mark.start.line != node.mark.end.line) {
    refuse("WCTL1017", start, node.mark.end.byte, "a key must be a text on one line",
           "write the key as a word followed by a colon");
  } else if (node.value == "<<" && node.plain) {
    refuse("WCTL1015", start, node.mark.end.byte, "merge keys are not supported",
           "write the keys out");
  } else if (!duplicate(frame, node)) {
    frame.drop_value = false;
  }
  frame.key = std::move(node.value);
}

}  // namespace wsgictl::yaml
