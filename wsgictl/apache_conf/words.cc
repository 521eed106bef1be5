// SPDX-License-Identifier: Apache-2.0
// Lines and words; see words.h.
#include "apache_conf/words.h"

#include "apache_conf/conditions.h"

namespace wsgictl::apache_conf {
namespace {

bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Whether TEXT starts with a backslash that takes the next character literally.
bool escapes(std::string_view text, char quote) {
  return text.size() > 1 && text[0] == '\\' &&
         (text[1] == '\\' || (quote != '\0' && text[1] == quote));
}

}  // namespace

std::vector<Line> logical_lines(std::string_view text) {
  std::vector<Line> out;
  Line line;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.first == 0) line.first = number;
    line.last = number;
    if (part.ends_with('\r')) part.remove_suffix(1);
    if (end != std::string_view::npos && part.ends_with('\\')) {
      line.text += part.substr(0, part.size() - 1);
      continue;
    }
    line.text += part;
    const std::string_view whole = trim(line.text);
    if (!whole.empty() && whole.front() != '#')
      out.push_back({std::string(whole), line.first, line.last});
    line = {};
  }
  const std::string_view rest = trim(line.text);  // the last line asked for one more
  if (!rest.empty() && rest.front() != '#')
    out.push_back({std::string(rest), line.first, line.last});
  return out;
}

std::string take_word(std::string_view& text) {
  text = trim(text);
  std::string word;
  const char first = text.empty() ? '\0' : text.front();
  const char quote = first == '"' || first == '\'' ? first : '\0';
  if (quote != '\0') text.remove_prefix(1);
  while (!text.empty() && (quote != '\0' ? text.front() != quote : !blank(text.front()))) {
    if (escapes(text, quote)) text.remove_prefix(1);
    word += text.front();
    text.remove_prefix(1);
  }
  if (quote != '\0' && !text.empty()) text.remove_prefix(1);
  text = trim(text);
  return word;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (text = trim(text); !text.empty();) words.push_back(take_word(text));
  return words;
}

std::vector<std::string> split_arguments(std::string_view directive, std::string_view text) {
  constexpr std::string_view kModule = "WSGI";
  if (!same_name(directive.substr(0, kModule.size()), kModule)) return split_words(text);
  std::vector<std::string> words;
  for (text = trim(text); !text.empty();) {
    std::size_t end = 0;
    while (end < text.size() && !blank(text[end]) && text[end] != '=' && text[end] != '"' &&
           text[end] != '\'')
      ++end;
    std::string name;
    const bool quoted_value = end + 1 < text.size() && text[end] == '=' &&
                              (text[end + 1] == '"' || text[end + 1] == '\'');
    if (quoted_value) {
      name = text.substr(0, end + 1);
      text.remove_prefix(end + 1);
    }
    words.push_back(name + take_word(text));
  }
  return words;
}

std::string substitute(std::string_view text,
                       const std::function<std::optional<std::string>(const std::string&)>& value,
                       std::vector<std::string>& missing) {
  std::string out;
  for (;;) {
    const std::size_t start = text.find("${");
    const std::size_t end = start == std::string_view::npos ? start : text.find('}', start);
    if (end == std::string_view::npos) return out.append(text);
    const std::string name(text.substr(start + 2, end - start - 2));
    out += text.substr(0, start);
    if (const auto known = value(name)) {
      out += *known;
    } else {
      out += text.substr(start, end + 1 - start);
      missing.push_back(name);
    }
    text.remove_prefix(end + 1);
  }
}

}  // namespace wsgictl::apache_conf
