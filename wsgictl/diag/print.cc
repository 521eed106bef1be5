// SPDX-License-Identifier: Apache-2.0
// Text and JSON of diagnostics; see print.h.
#include "diag/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "diag/text.h"
#include "json/json.h"

namespace wsgictl::diag {
namespace {

constexpr std::size_t kExcerptWidth = 160;  // code points of a source line that are shown

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    default:
      return "note";
  }
}

struct Paint {
  bool on;
  std::string operator()(const char* sgr, std::string_view text) const {
    return on ? fmt::format("\033[{}m{}\033[0m", sgr, text) : std::string(text);
  }
};

// One line of a source as it may be shown: from byte START (where the line begins) to END.
struct Line {
  std::size_t start = 0;
  std::size_t end = 0;
};

Line line_at(const std::string& text, std::size_t byte) {
  byte = std::min(byte, text.size());
  const std::size_t before = byte == 0 ? std::string::npos : text.rfind('\n', byte - 1);
  Line line;
  line.start = before == std::string::npos ? 0 : before + 1;
  line.end = std::min(text.find('\n', line.start), text.size());
  if (line.end > line.start && text[line.end - 1] == '\r') --line.end;
  return line;
}

// The text of a line, escaped, as cells: excerpt and the columns that a range takes in it.
struct Excerpt {
  std::string text;
  std::size_t caret = 0;  // cells before the caret
  std::size_t width = 1;
};

// Where a range that is not to be shown starts inside the line, or the end of the line.
std::size_t first_sensitive(const Diagnostics& all, const std::string& file, const Line& line) {
  std::size_t first = line.end;
  for (const Mark& mark : all.sensitive())
    if (mark.file == file && mark.start.byte < line.end && mark.end.byte > line.start)
      first = std::min(first, std::max(mark.start.byte, line.start));
  return first;
}

Excerpt make_excerpt(const Diagnostics& all, const Mark& mark, const std::string& source) {
  const Line line = line_at(source, mark.start.byte);
  const std::size_t shown = first_sensitive(all, mark.file, line);
  const std::string_view text = std::string_view(source).substr(line.start, shown - line.start);
  const std::size_t from =
      std::min(std::max(mark.start.byte, line.start) - line.start, text.size());
  const std::size_t to =
      std::clamp(std::min(mark.end.byte, line.end), line.start + from, line.start + text.size()) -
      line.start;
  Excerpt excerpt;
  // A tab takes one cell, so that carets stand right wherever the terminal puts its stops.
  const auto cells = [](std::string_view part) {
    std::string flat(part);
    std::replace(flat.begin(), flat.end(), '\t', ' ');
    return escape(flat);
  };
  const std::string head = cells(text.substr(0, from));
  const std::string body = cells(text.substr(from, to - from));
  excerpt.text = head + body + cells(text.substr(to));
  excerpt.caret = code_points(head);
  excerpt.width = std::max<std::size_t>(1, code_points(body));
  if (shown < line.end) {
    excerpt.text += "(sensitive)";
    if (from == text.size()) excerpt.width = code_points("(sensitive)");
  }
  return excerpt;
}

void append_excerpt(std::string& out, const Diagnostics& all, const Mark& mark,
                    const std::string& hint, const Paint& paint) {
  const auto source = all.sources().find(mark.file);
  if (source == all.sources().end()) {
    if (!hint.empty()) out += fmt::format("      = {}\n", escape(hint));
    return;
  }
  const Excerpt excerpt = make_excerpt(all, mark, source->second);
  if (excerpt.caret >= kExcerptWidth) {
    if (!hint.empty()) out += fmt::format("      = {}\n", escape(hint));
    return;
  }
  std::string text = excerpt.text;
  if (code_points(text) > kExcerptWidth) {
    std::size_t end = 0;
    for (std::size_t n = 0; n < kExcerptWidth; ++n)
      end += std::max<std::size_t>(1, sequence_length(std::string_view(text).substr(end)));
    text = text.substr(0, end) + "…";
  }
  const std::size_t width = std::min(excerpt.width, kExcerptWidth - excerpt.caret);
  out += fmt::format("{:>5} | {}\n", mark.start.line, text);
  out +=
      fmt::format("      | {}{}{}\n", std::string(excerpt.caret, ' '),
                  paint("1;32", std::string(width, '^')), hint.empty() ? "" : " " + escape(hint));
}

std::string place(const Mark& mark) {
  return fmt::format("{}:{}:{}", escape(mark.file), mark.start.line, mark.start.column);
}

void append_item(std::string& out, const Diagnostics& all, const Diagnostic& d,
                 const Paint& paint) {
  const char* color = d.severity == Severity::error     ? "1;31"
                      : d.severity == Severity::warning ? "1;35"
                                                        : "1;36";
  const std::string label = fmt::format("{}[{}]", name(d.severity), d.code);
  const std::string at = d.mark.file.empty() ? "wsgictl" : place(d.mark);
  out += fmt::format("{}: {}: {}\n", paint("1", at), paint(color, label), escape(d.message));
  if (!d.mark.file.empty()) {
    append_excerpt(out, all, d.mark, d.hint, paint);
  } else if (!d.hint.empty()) {
    out += fmt::format("      = {}\n", escape(d.hint));
  }
  for (const Related& related : d.related) {
    out += fmt::format("{}: {}: {}\n", paint("1", place(related.mark)), paint("1;36", "note"),
                       escape(related.message));
    append_excerpt(out, all, related.mark, "", paint);
  }
  if (!d.docs.empty()) out += fmt::format("   see: {}\n", d.docs);
}

Json position(const Position& p) {
  return {{"line", p.line}, {"column", p.column}, {"byte", p.byte}};
}

Json range(const Mark& mark) {
  return {{"start", position(mark.start)}, {"end", position(mark.end)}};
}

// JSON text must be UTF-8; messages quote foreign bytes only escaped, file names may be anything.
std::string clean(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(std::string_view(text).substr(i));
    if (length == 0) return escape(text);
    i += length;
  }
  return text;
}

Json item(const Diagnostic& d) {
  Json json = {{"severity", name(d.severity)},
               {"code", d.code},
               {"message", clean(d.message)},
               {"path", clean(d.path)},
               {"file", clean(d.mark.file)}};
  if (d.mark.file.empty()) {
    json["range"] = nullptr;
  } else {
    json["range"] = range(d.mark);
  }
  json["hint"] = clean(d.hint);
  json["replacement"] = clean(d.replacement);
  json["related"] = Json::array();
  for (const Related& related : d.related)
    json["related"].push_back({{"message", clean(related.message)},
                               {"file", clean(related.mark.file)},
                               {"range", range(related.mark)}});
  json["docs"] = d.docs;
  return json;
}

std::size_t count(const Diagnostics& diagnostics, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(diagnostics.items().begin(), diagnostics.items().end(),
                    [&](const Diagnostic& d) { return d.severity == severity; }));
}

}  // namespace

std::vector<const Diagnostic*> sorted(const Diagnostics& diagnostics) {
  std::vector<const Diagnostic*> items;
  for (const Diagnostic& d : diagnostics.items()) items.push_back(&d);
  std::stable_sort(items.begin(), items.end(), [](const Diagnostic* a, const Diagnostic* b) {
    const auto key = [](const Diagnostic* d) {
      return std::tuple<bool, const std::string&, std::size_t>(d->mark.file.empty(), d->mark.file,
                                                               d->mark.start.byte);
    };
    return key(a) < key(b);
  });
  return items;
}

std::string to_text(const Diagnostics& diagnostics, bool color) {
  std::string out;
  const std::vector<const Diagnostic*> items = sorted(diagnostics);
  for (std::size_t i = 0; i < items.size() && i < kMaxPrinted; ++i)
    append_item(out, diagnostics, *items[i], Paint{color});
  if (items.size() > kMaxPrinted)
    out += fmt::format("wsgictl: {} more not shown\n", items.size() - kMaxPrinted);
  return out;
}

Json to_json(const Diagnostics& diagnostics, std::string_view command, bool ok) {
  Json json = {{"format_version", "1.0"},
               {"command", command},
               {"ok", ok},
               {"summary",
                {{"errors", count(diagnostics, Severity::error)},
                 {"warnings", count(diagnostics, Severity::warning)}}},
               {"diagnostics", Json::array()}};
  const std::vector<const Diagnostic*> items = sorted(diagnostics);
  for (std::size_t i = 0; i < items.size() && i < kMaxPrinted; ++i)
    json["diagnostics"].push_back(item(*items[i]));
  if (items.size() > kMaxPrinted) json["summary"]["not_shown"] = items.size() - kMaxPrinted;
  return json;
}

}  // namespace wsgictl::diag
