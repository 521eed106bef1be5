// SPDX-License-Identifier: Apache-2.0
#include "config/trusted_proxy.h"

#include <string>
#include <vector>

#include "config/addresses.h"

namespace wsgi::config {
namespace {

enum class Category { client, host, server, port, script, scheme };
constexpr std::size_t kCategories = 6;
enum class Form { plain, list, scheme, boolean };

struct Row {
  std::string_view name;
  Category category;
  Form form;
};

constexpr std::array<Row, kProxyHeaders> kRows{{
    {"HTTP_X_FORWARDED_FOR", Category::client, Form::list},
    {"HTTP_X_CLIENT_IP", Category::client, Form::plain},
    {"HTTP_X_REAL_IP", Category::client, Form::plain},
    {"HTTP_X_FORWARDED_HOST", Category::host, Form::plain},
    {"HTTP_X_HOST", Category::host, Form::plain},
    {"HTTP_X_FORWARDED_SERVER", Category::server, Form::plain},
    {"HTTP_X_FORWARDED_PORT", Category::port, Form::plain},
    {"HTTP_X_SCRIPT_NAME", Category::script, Form::plain},
    {"HTTP_X_FORWARDED_SCRIPT_NAME", Category::script, Form::plain},
    {"HTTP_X_FORWARDED_PROTO", Category::scheme, Form::scheme},
    {"HTTP_X_FORWARDED_SCHEME", Category::scheme, Form::scheme},
    {"HTTP_X_SCHEME", Category::scheme, Form::scheme},
    {"HTTP_X_FORWARDED_HTTPS", Category::scheme, Form::boolean},
    {"HTTP_X_FORWARDED_SSL", Category::scheme, Form::boolean},
    {"HTTP_X_HTTPS", Category::scheme, Form::boolean},
}};

bool is_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

std::vector<std::string_view> elements(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    auto comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    auto first = part.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    found.push_back(part.substr(first, part.find_last_not_of(" \t") - first + 1));
  }
  return found;
}

void apply_list(const ProxyFacts& facts, std::string_view value, Memory memory, ProxyEffect& to) {
  auto all = elements(value);
  if (all.empty()) return;
  std::size_t from = 0;
  if (facts.trusted) {
    from = all.size();
    while (from > 0 && contains(*facts.trusted, all[from - 1])) --from;
    // The one who spoke to the leftmost trusted proxy; itself if nobody is named.
    if (from > 0) --from;
    std::string joined(all[from]);
    for (std::size_t i = from + 1; i < all.size(); ++i) joined.append(", ").append(all[i]);
    to.forwarded_for = keep(memory, joined);
  }
  to.remote_addr = keep(memory, all[from]);
}

void apply_scheme(const Row& row, std::string_view value, ProxyEffect& to) {
  to.scheme_applied = true;
  bool boolean = row.form == Form::boolean;
  if (boolean ? is_word(value, "on") || is_word(value, "true") || value == "1"
              : is_word(value, "https")) {
    to.https = true;
  } else if (boolean ? is_word(value, "off") || is_word(value, "false") || value == "0"
                     : is_word(value, "http")) {
    to.https = false;
  }
}

void apply(const Row& row, const ProxyFacts& facts, std::string_view value, Memory memory,
           ProxyEffect& to) {
  switch (row.category) {
    case Category::client:
      if (row.form == Form::list) return apply_list(facts, value, memory, to);
      to.remote_addr = value;
      to.forwarded_for.reset();
      return;
    case Category::host:
      to.host = value;
      return;
    case Category::server:
      to.server_name = value;
      return;
    case Category::port:
      to.server_port = value;
      return;
    case Category::script:
      to.script_name = value;
      return;
    case Category::scheme:
      return apply_scheme(row, value, to);
  }
}

}  // namespace

std::optional<std::size_t> proxy_header(std::string_view name) {
  if (!name.starts_with("HTTP_X_")) return std::nullopt;
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].name == name) return i;
  }
  return std::nullopt;
}

ProxyEffect apply_proxies(const ProxyFacts& facts, Memory memory) {
  ProxyEffect effect;
  bool trusted = !facts.trusted || contains(*facts.trusted, facts.remote_addr);
  std::bitset<kCategories> judged;
  std::array<std::optional<std::size_t>, kCategories> winner;
  for (std::string_view name : facts.listed) {
    auto index = proxy_header(name);
    if (!index) continue;
    const Row& row = kRows[*index];
    auto category = static_cast<std::size_t>(row.category);
    judged.set(category);
    if (!trusted || !facts.sent[*index]) continue;
    apply(row, facts, *facts.sent[*index], memory, effect);
    winner[category] = *index;
  }
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    auto category = static_cast<std::size_t>(kRows[i].category);
    if (judged[category] && winner[category] != i) effect.removed.set(i);
  }
  return effect;
}

}  // namespace wsgi::config
