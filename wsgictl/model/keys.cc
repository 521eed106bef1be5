// SPDX-License-Identifier: Apache-2.0
// The rows of the table; see keys.h. Sources of ranges and defaults: directives.md of the
// specification, section 5; defaults of ours are marked so in their help.
#include "model/keys.h"

#include <algorithm>
#include <unordered_map>

#include "model/slots.h"

namespace wsgictl::model {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kYear = 366 * kDay;
constexpr std::int64_t kPebi = std::int64_t{1} << 50;

// The table is laid out by hand: one row, a few lines.
// clang-format off
#define SLOT(member) .store = into<&member>, .load = from<&member>
#define D(name) "apps.*.daemon." #name
#define WDP(option) "WSGIDaemonProcess " option "="
#define SWITCH(path_, name, member, directive_, help_)                                        \
  {.path = path_ name, .type = Type::boolean, .help = help_, .directive = directive_,         \
   .example = "true", .store = setting<&member>}
#define EXTRA(path_, member)                                                                  \
  {.path = path_ "extra_directives",                                                          \
   .help = "Directives of Apache that no key stands for, written as they are.",               \
   .shape = Shape::list, .add = item<&member>},                                               \
  {.path = path_ "extra_directives.directive", .type = Type::directive_name,                  \
   .help = "Name of the directive.", .example = "SetEnvIf", .required = true,                 \
   .store = into<&ExtraDirective::directive>},                                                \
  {.path = path_ "extra_directives.arguments", .type = Type::text,                            \
   .help = "Its arguments, as the directive is to see them: quotes and escapes are added as it "       \
           "reads them. A backslash is written once.", .example = "[Host, example, local]",                  \
   .shape = Shape::list, .store = into<&ExtraDirective::arguments>}
#define LIMIT(name, option, fallback_, help_)                                                 \
  {.path = D(name), .type = Type::duration, .help = help_, .fallback = fallback_,             \
   .directive = WDP(option), .example = "30s", .min = 0, .max = kYear,                        \
   SLOT(Daemon::name)}

constexpr Key kKeys[] = {
    {.path = "version", .type = Type::integer,
     .help = "Version of the format. This wsgictl reads version 1.", .example = "1", .min = 1,
     .max = 1, .required = true, .store = into<&Definition::version>},

#include "model/keys_server.def"
#include "model/keys_apps.def"
#include "model/keys_sites.def"
};

#undef D
#undef SLOT
#undef WDP
#undef LIMIT
#undef SWITCH
#undef EXTRA
#undef REQUESTS
// clang-format on

std::string_view parent(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

// The decoder asks for rows once per key of a definition: by hash, not by search.
struct Index {
  Index() {
    for (const Key& key : kKeys) {
      by_path.emplace(key.path, &key);
      if (last_word(key.path) != "*") below[parent(key.path)].push_back(&key);
    }
  }
  std::unordered_map<std::string_view, const Key*> by_path;
  std::unordered_map<std::string_view, std::vector<const Key*>> below;
};

const Index& index() {
  static const Index built;
  return built;
}

}  // namespace

std::span<const Key> keys() { return kKeys; }

const Key* find_key(std::string_view path) {
  const auto found = index().by_path.find(path);
  return found == index().by_path.end() ? nullptr : found->second;
}

std::string_view last_word(std::string_view path) { return path.substr(path.rfind('.') + 1); }

std::string plain_path(std::string_view path) {
  std::string out(path);
  for (std::size_t at; (at = out.find(".*")) != std::string::npos;) out.erase(at, 2);
  return out;
}

const std::vector<const Key*>& children(std::string_view path) {
  static const std::vector<const Key*> kNone;
  const auto found = index().below.find(path);
  return found == index().below.end() ? kNone : found->second;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

namespace {

// PATTERN has * where WORDS has any name.
bool matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::size_t p = std::min(pattern.find('.'), pattern.size());
    const std::size_t w = std::min(path.find('.'), path.size());
    if (pattern.substr(0, p) != "*" && pattern.substr(0, p) != path.substr(0, w)) return false;
    pattern.remove_prefix(std::min(p + 1, pattern.size()));
    path.remove_prefix(std::min(w + 1, path.size()));
  }
  return pattern.empty() && path.empty();
}

}  // namespace

const Key* find_key_for_person(std::string_view text) {
  for (const Key& key : kKeys)
    if (last_word(key.path) != "*" && (plain_path(key.path) == text || matches(key.path, text)))
      return &key;
  const Key* found = nullptr;
  for (const Key& key : kKeys) {
    if (last_word(key.path) == "*") continue;
    const std::string path = plain_path(key.path);
    if (!path.ends_with("." + std::string(text))) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

}  // namespace wsgictl::model
