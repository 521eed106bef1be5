// SPDX-License-Identifier: Apache-2.0
// What a running server's own program says of its configuration, and the environment it starts
// with; see reader.h.
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <optional>

#include "apache_conf/reader.h"
#include "apache_conf/words.h"

namespace wsgictl::apache_conf {
namespace {

constexpr std::string_view kFile = "# In file: ";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// N of "#  N:".
std::optional<int> line_number(std::string_view text) {
  if (!text.starts_with('#') || !text.ends_with(':')) return std::nullopt;
  text = trimmed(text.substr(1));
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
  return number;
}

// mod_macro names the place inside the macro; what stands in a file is its use:
// macro 'x' (defined on line 2 of "A") used on line 9 of "B"
void set_file(Place& place, std::string_view name, int& used) {
  constexpr std::string_view kUsed = " used on line ", kOf = " of \"";
  place.file = name;
  used = 0;
  const auto at = name.rfind(kUsed);
  if (!name.starts_with("macro '") || at == std::string_view::npos || !name.ends_with('"')) return;
  std::string_view rest = name.substr(at + kUsed.size());
  const auto of = rest.find(kOf);
  if (of == std::string_view::npos) return;
  std::from_chars(rest.data(), rest.data() + of, used);
  rest.remove_suffix(1);
  place.file = rest.substr(of + kOf.size());
}

}  // namespace

Configuration read_dump(std::string_view dump) {
  Configuration out;
  std::vector<Node> open;
  std::size_t too_deep = 0;  // sections around the line that are not kept
  Place place;
  int used = 0;  // line on which the macro is used that the lines come from
  const auto put = [&](Node node) {
    (open.empty() ? out.nodes : open.back().children).push_back(std::move(node));
  };
  while (!dump.empty()) {
    const std::size_t end = dump.find('\n');
    std::string_view text = trimmed(dump.substr(0, end));
    dump.remove_prefix(end == std::string_view::npos ? dump.size() : end + 1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.starts_with(kFile)) {
      set_file(place, text.substr(kFile.size()), used);
    } else if (const auto number = line_number(text)) {
      place.line = place.last_line = used > 0 ? used : *number;
    } else if (text.starts_with("</")) {
      if (open.empty()) continue;
      if (too_deep > 0) {
        --too_deep;
        continue;
      }
      Node node = std::move(open.back());
      open.pop_back();
      put(std::move(node));
    } else if (place.file.empty() || place.line == 0 || text.empty() || text.starts_with('#')) {
      continue;  // what the program says around the dump
    } else if (text.starts_with('<')) {
      std::string_view rest = text.substr(1, text.rfind('>') - 1);
      std::string name = take_word(rest);
      if (too_deep > 0 || open.size() >= kMaxDepth) {
        if (++too_deep == 1)
          out.problems.push_back(
              {Trouble::limit, place,
               fmt::format("sections nested more than {} levels deep", kMaxDepth)});
        continue;
      }
      std::vector<std::string> words = split_arguments(name, rest);
      open.push_back({std::move(name), true, std::string(rest), std::move(words), {}, place});
    } else if (text != "Syntax OK" && too_deep == 0) {
      std::string_view rest = text;
      std::string name = take_word(rest);
      std::vector<std::string> words = split_arguments(name, rest);
      put({std::move(name), false, std::string(rest), std::move(words), {}, place});
    }
  }
  while (!open.empty()) {
    Node node = std::move(open.back());
    open.pop_back();
    out.problems.push_back({Trouble::unclosed_section, node.place, "the dump ends in a section"});
    put(std::move(node));
  }
  return out;
}

std::map<std::string, std::string> read_envvars(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const Line& line : logical_lines(text)) {
    std::string_view rest = line.text;
    if (!rest.starts_with("export ")) continue;
    rest = trimmed(rest.substr(7));
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    const std::string raw = take_word(rest);
    std::string value;
    for (std::size_t i = 0; i < raw.size();) {
      if (raw[i] != '$') {
        value += raw[i++];
        continue;
      }
      // A name that nothing above sets is empty in the shell: Debian's $SUFFIX of the main server.
      const bool braces = i + 1 < raw.size() && raw[i + 1] == '{';
      const std::size_t start = i + (braces ? 2 : 1);
      std::size_t end = start;
      while (end < raw.size() &&
             (std::isalnum(static_cast<unsigned char>(raw[end])) != 0 || raw[end] == '_'))
        ++end;
      if (const auto known = out.find(raw.substr(start, end - start)); known != out.end())
        value += known->second;
      i = braces && end < raw.size() ? raw.find('}', end) : end;
      i = i == std::string::npos ? raw.size() : i + (braces && i < raw.size() ? 1 : 0);
    }
    out[name] = value;
  }
  return out;
}

}  // namespace wsgictl::apache_conf
