// SPDX-License-Identifier: Apache-2.0
#include "config/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace wsgi::config {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

void skip_space(std::string_view& text) {
  std::size_t start = text.find_first_not_of(kSpace);
  text.remove_prefix(start == std::string_view::npos ? text.size() : start);
}

// Takes a quoted text off `rest`, which begins with the quote. False: the quote does not end.
bool take_quoted(std::string_view& rest, std::string& out) {
  char quote_char = rest[0];
  std::size_t i = 1;
  for (; i < rest.size() && rest[i] != quote_char; ++i) {
    bool escape = rest[i] == '\\' && i + 1 < rest.size() &&
                  (rest[i + 1] == '\\' || rest[i + 1] == quote_char);
    if (escape) ++i;
    out += rest[i];
  }
  bool ended = i < rest.size();
  rest.remove_prefix(ended ? i + 1 : i);
  return ended;
}

std::string take_plain(std::string_view& rest) {
  std::string out;
  std::size_t i = 0;
  for (; i < rest.size() && !is_space(rest[i]); ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '\\') ++i;
    out += rest[i];
  }
  rest.remove_prefix(i);
  return out;
}

// The whole text is one number.
template <typename T, typename... Base>
std::optional<T> whole(std::string_view text, Base... base) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

}  // namespace

std::string describe(const Place& place) {
  return std::string(place.file) + ":" + std::to_string(place.line);
}

std::string_view keep(Memory memory, std::string_view text) {
  char* copy = static_cast<char*>(memory->allocate(text.size() + 1, 1));
  std::copy(text.begin(), text.end(), copy);
  copy[text.size()] = '\0';
  return {copy, text.size()};
}

std::span<const std::string_view> keep(Memory memory, const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  auto* views = static_cast<std::string_view*>(
      memory->allocate(texts.size() * sizeof(std::string_view), alignof(std::string_view)));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    new (views + i) std::string_view(keep(memory, texts[i]));
  }
  return {views, texts.size()};
}

std::optional<std::string> next_word(std::string_view& rest) {
  skip_space(rest);
  if (rest.empty()) return std::nullopt;
  std::string word;
  if (rest[0] != '"' && rest[0] != '\'') return take_plain(rest);
  // As httpd: a quote that does not end quotes the rest of the line.
  take_quoted(rest, word);
  return word;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (auto word = next_word(text)) words.push_back(std::move(*word));
  return words;
}

Result<std::optional<Option>> next_option(const Subject& subject, std::string_view& rest) {
  skip_space(rest);
  if (rest.empty()) return std::optional<Option>();
  if (rest[0] == '"' || rest[0] == '\'') {
    return wrong(ErrorId::cfg_option_unknown, subject,
                 "a word that is quoted as a whole, " + quote(*next_word(rest)),
                 "write name=value or name=\"value with blanks\"");
  }
  std::size_t end = rest.find_first_of(std::string(kSpace) + "=");
  std::string name(rest.substr(0, end));
  if (end == std::string_view::npos || rest[end] != '=' || name.empty()) {
    return wrong(ErrorId::cfg_option_unknown, subject,
                 quote(*next_word(rest)) + " is not an option",
                 "options have the form name=value, without white space around '='");
  }
  rest.remove_prefix(end + 1);
  Option option{std::move(name), {}};
  if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) {
    option.value = take_plain(rest);
  } else if (!take_quoted(rest, option.value) || (!rest.empty() && !is_space(rest[0]))) {
    return wrong(ErrorId::cfg_option_unknown, {subject.directive, subject.name, option.name},
                 "the quotes around the value do not end at the end of the word",
                 "close them, and put a blank before the next option");
  }
  return std::optional<Option>(std::move(option));
}

std::optional<bool> parse_switch(std::string_view text) {
  if (same_word(text, "on")) return true;
  if (same_word(text, "off")) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t low,
                                          std::int64_t high) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  auto value = whole<std::int64_t>(text, 10);
  if (!value || *value < low || *value > high) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> parse_octal(std::string_view text) {
  return whole<std::uint32_t>(text, 8);
}

std::optional<double> parse_decimal(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  auto value = whole<double>(text);
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return value;
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> names) {
  std::optional<std::string_view> best;
  std::size_t limit = std::clamp<std::size_t>(word.size() / 3, 1, 4) + 1;
  if (word.size() > 64) return best;
  for (std::string_view name : names) {
    std::size_t d = distance(word, name);
    if (d < limit) limit = d, best = name;
  }
  return best;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string quote(std::string_view text) {
  constexpr std::size_t kMax = 256;
  std::string out = "'";
  for (unsigned char c : text.substr(0, kMax)) {
    if (c < 32 || c == 127) {
      constexpr char kHex[] = "0123456789abcdef";
      out += {'\\', 'x', kHex[c >> 4], kHex[c & 15]};
    } else {
      out += static_cast<char>(c);
    }
  }
  if (text.size() > kMax) out += "…";
  return out + "'";
}

Fail wrong(ErrorId id, const Subject& subject, std::string_view what, std::string_view allowed) {
  std::string text(subject.directive);
  if (!subject.name.empty()) text += " " + quote(subject.name);
  if (!subject.option.empty()) text += " option " + quote(subject.option);
  text.append(": ").append(what);
  if (!allowed.empty()) text.append("; ").append(allowed);
  return {id, std::move(text)};
}

Fail unknown_option(const Subject& subject, std::string_view option,
                    std::span<const std::string_view> names) {
  std::string allowed;
  if (auto guess = nearest(option, names)) allowed = "did you mean " + quote(*guess) + "? ";
  allowed += "The options are:";
  for (std::string_view name : names) allowed.append(" ").append(name);
  return wrong(ErrorId::cfg_option_unknown, subject, "unknown option " + quote(option), allowed);
}

}  // namespace wsgi::config
