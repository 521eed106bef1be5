// SPDX-License-Identifier: Apache-2.0
// Values by the rows of the table; see values.h.
#include "import/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apache_check/facts.h"
#include "conf/module_tables.h"
#include "conf/raw_line.h"
#include "config/values.h"
#include "diag/text.h"
#include "model/types.h"

namespace wsgictl::importing {
namespace {

using apache_check::same_text;
using apache_conf::Node;
using model::Key;
using model::Shape;
using model::Type;

struct Unit {
  const char* name;
  std::int64_t size;
};
constexpr Unit kTimes[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
constexpr Unit kSizes[] = {{"TiB", std::int64_t{1} << 40},
                           {"GiB", std::int64_t{1} << 30},
                           {"MiB", std::int64_t{1} << 20},
                           {"KiB", std::int64_t{1} << 10},
                           {"B", 1}};

// In the largest unit that leaves no rest; 60s stays 60s.
template <std::size_t N>
std::string with_unit(std::int64_t number, const Unit (&units)[N]) {
  for (const Unit& unit : units)
    if (number != unit.size && number != 0 && number % unit.size == 0)
      return fmt::format("{}{}", number / unit.size, unit.name);
  return fmt::format("{}{}", number, units[N - 1].name);
}

std::optional<std::int64_t> in_range(const Key& key, std::string_view text) {
  return wsgi::config::parse_integer(text, key.min, key.max);
}

std::optional<Json> milliseconds(const Key& key, std::string_view text) {
  std::int64_t number = 0;
  if (key.directive.ends_with("response-flush-delay=")) {
    const auto whole = in_range(key, text);
    if (!whole) return std::nullopt;
    number = *whole;
  } else {
    const auto seconds = wsgi::config::parse_decimal(text);
    if (!seconds || *seconds < 0 || *seconds > 1e6) return std::nullopt;
    number = std::llround(*seconds * 1000);
  }
  if (number < key.min || number > key.max) return std::nullopt;
  return number != 0 && number % 1000 == 0 ? fmt::format("{}s", number / 1000)
                                           : fmt::format("{}ms", number);
}

std::optional<Json> choice(const Key& key, std::string_view text) {
  for (const std::string& one : model::words(key.choices))
    if (same_text(one, text)) return one;
  return std::nullopt;
}

// The words of the row's directive: its name, what always follows, and what is glued to the value.
struct Directive {
  std::vector<std::string> words;
  std::string prefix;
};

Directive directive_of(const Key& key) {
  Directive out{model::words(key.directive), ""};
  if (out.words.size() > 1 && (out.words.back().ends_with(':') || out.words.back().ends_with('=')))
    out.prefix = out.words.back();
  if (!out.prefix.empty()) out.words.pop_back();
  return out;
}

}  // namespace

bool fits(Type type, std::string_view text) {
  return !model::check_text(type, text).has_value() && diag::escape(text) == text;
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = std::min(text.find(by), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

std::string without_slash(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

std::optional<Json> value_of(const Key& key, std::string_view text) {
  switch (key.type) {
    case Type::integer:
      if (const auto number = in_range(key, text)) return *number;
      return std::nullopt;
    case Type::duration:
      if (const auto number = in_range(key, text)) return with_unit(*number, kTimes);
      return std::nullopt;
    case Type::size:
      if (const auto number = in_range(key, text)) return with_unit(*number, kSizes);
      return std::nullopt;
    case Type::milliseconds:
      return milliseconds(key, text);
    case Type::boolean:
      if (const auto flag = wsgi::config::parse_switch(text)) return *flag;
      return std::nullopt;
    case Type::choice:
      return choice(key, text);
    default:
      if (!fits(key.type, text)) return std::nullopt;
      return std::string(text);
  }
}

std::optional<Json> value_of(const Key& key, const Node& node) {
  const Directive directive = directive_of(key);
  std::vector<std::string> words(node.words);
  const bool joined = key.type == Type::list_path && key.shape == Shape::list;
  if (joined && words.size() == 1) words = split(words.front(), ':');
  if (words.empty() || (key.shape == Shape::one && words.size() != 1)) return std::nullopt;
  Json list = Json::array();
  for (std::string_view word : words) {
    if (!word.starts_with(directive.prefix)) return std::nullopt;
    word.remove_prefix(directive.prefix.size());
    auto value = value_of(key, word);
    if (!value) return std::nullopt;
    list.push_back(std::move(*value));
  }
  const bool one = key.shape == Shape::one || (key.shape == Shape::one_or_list && list.size() == 1);
  return one ? list.front() : list;
}

const Key* row_for(std::string_view path, const Node& node) {
  for (const Key* key : model::children(path)) {
    if (key->directive.empty() || key->store == nullptr) continue;
    const Directive directive = directive_of(*key);
    if (directive.words.size() == 1 && node.is(directive.words.front())) return key;
  }
  return nullptr;
}

bool put_setting(Json& object, std::string_view path, const Node& node) {
  const Key* key = row_for(path, node);
  if (key == nullptr) return false;
  const auto value = value_of(*key, node);
  if (!value) return false;
  const std::string name(model::last_word(key->path));
  if (!object.contains(name)) {
    object[name] = *value;
    return true;
  }
  if (!key->separate) return false;  // the later one counts: it comes last as it is
  for (const Json& one : *value) object[name].push_back(one);
  return true;
}

std::optional<Json> extra_directive(const Node& node) {
  if (node.section || !fits(Type::directive_name, node.name)) return std::nullopt;
  if (node.is("SSLRequire")) return std::nullopt;  // reads its line itself: quotes are its own
  const conf::LineForm form = conf::line_form(node.name, node.words);
  const bool rewrite = form == conf::LineForm::rewrite;
  const bool expression = form == conf::LineForm::expression;
  // Other providers of Require have rules of their own.
  const bool unknown = node.is("Require") && !expression;
  const auto words = rewrite      ? conf::arguments_of_rewrite(node.arguments)
                     : expression ? conf::arguments_of_expression(node.arguments)
                                  : node.words;
  Json arguments = Json::array();
  for (const std::string& word : words) {
    if (!fits(Type::text, word) || (rewrite && !conf::quoted_for_rewrite(word)))
      return std::nullopt;
    if (unknown && word.find_first_of("\\\"' \t") != std::string::npos) return std::nullopt;
    arguments.push_back(word);
  }
  if (conf::module_refuses(node.name, node.arguments)) return std::nullopt;
  Json out{{"directive", node.name}};
  if (!arguments.empty()) out["arguments"] = std::move(arguments);
  return out;
}

}  // namespace wsgictl::importing
