// SPDX-License-Identifier: Apache-2.0
// Keys that become a directive as they are, by the row of the table; see render_internal.h.
#include <fmt/format.h>

#include "conf/render_internal.h"
#include "model/keys.h"
#include "model/routing.h"
#include "model/types.h"

namespace wsgictl::conf {
namespace {

using model::Key;
using model::Parsed;

// A last word of the row's directive that ends so is glued to the value: "unix:", "header=".
bool is_prefix(const std::string& word) { return word.ends_with(':') || word.ends_with('='); }

std::string text_of(const Key& key, const Parsed& parsed) {
  switch (key.type) {
    case model::Type::integer:
    case model::Type::duration:
    case model::Type::size:
      return std::to_string(parsed.number);
    case model::Type::milliseconds:
      return decimal_seconds(parsed.number);
    case model::Type::boolean:
      return parsed.flag ? "On" : "Off";
    default:
      return parsed.text;
  }
}

Argument argument(const Key& key, const Parsed& parsed, const std::string& prefix) {
  const std::string text = prefix + text_of(key, parsed);
  return model::is_free_text(key.type) ? value(text, parsed.mark) : word(text);
}

// KeepAliveTimeout 0 would still keep a connection for an instant.
bool add_special(Block& out, const Parsed& parsed) {
  if (parsed.row->directive != "KeepAliveTimeout" || parsed.number != 0) return false;
  out.directive("KeepAlive", {word("Off")});
  return true;
}

}  // namespace

std::string decimal_seconds(std::int64_t milliseconds) {
  std::string text = fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void add_settings(Block& out, const model::Settings& settings) {
  for (std::size_t i = 0; i < settings.size();) {
    const Key& key = *settings[i].row;
    out.from(settings[i].mark);
    std::vector<std::string> words = model::words(key.directive);
    const std::string name = words.front();
    words.erase(words.begin());
    std::string prefix;
    if (!words.empty() && is_prefix(words.back())) {
      prefix = words.back();
      words.pop_back();
    }
    std::vector<Argument> arguments;
    for (const std::string& one : words) arguments.push_back(word(one));
    const bool joined = key.type == model::Type::list_path && key.shape == model::Shape::list;
    std::string path;
    std::size_t end = i;
    do {
      if (joined) {
        path += (path.empty() ? "" : ":") + settings[end].text;
      } else {
        arguments.push_back(argument(key, settings[end], prefix));
      }
      ++end;
    } while (end < settings.size() && settings[end].row == &key && !key.separate);
    if (joined) arguments.push_back(value(path, settings[i].mark));
    if (!add_special(out, settings[i])) out.directive(name, std::move(arguments));
    i = end;
  }
}

bool is_on(std::string_view directive, const model::Site& site, const model::Route& route) {
  const auto find = [&](const model::Settings& settings) -> const Parsed* {
    for (const Parsed& one : settings)
      if (one.row->directive == directive) return &one;
    return nullptr;
  };
  for (const model::Route* said : model::matching_routes(site, route.path.value))
    if (const Parsed* found = find(said->settings)) return found->flag;
  const Parsed* found = find(site.settings);
  return found != nullptr && found->flag;
}

void add_extra(Block& out, const model::ExtraDirectives& extra) {
  for (const model::ExtraDirective& one : extra) {
    std::vector<Argument> arguments;
    // Some directives read their line themselves and know no quotes: Require all granted.
    for (const model::Text& text : one.arguments) {
      arguments.push_back(value(text));
      arguments.back().quoted = false;
    }
    out.from(one.mark);
    out.directive(one.directive.value, std::move(arguments));
  }
}

}  // namespace wsgictl::conf
