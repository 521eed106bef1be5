// SPDX-License-Identifier: Apache-2.0
#include "config/group_name.h"

#include <algorithm>
#include <charconv>

namespace wsgi::config {
namespace {

constexpr std::string_view kEnv = "%{ENV:";

// "%{ENV:name}" → "name"
std::optional<std::string_view> env_name(std::string_view value) {
  if (!value.starts_with(kEnv) || !value.ends_with('}')) return std::nullopt;
  return value.substr(kEnv.size(), value.size() - kEnv.size() - 1);
}

// host[:port][|script]
std::string_view compose(std::string_view host, unsigned port, const std::string_view* script,
                         Memory memory) {
  char digits[16] = ":";
  std::size_t port_size = 0;
  if (port != 80 && port != 443) {
    auto end = std::to_chars(digits + 1, digits + sizeof digits, port).ptr;
    port_size = static_cast<std::size_t>(end - digits);
  }
  std::size_t size = host.size() + port_size + (script ? script->size() + 1 : 0);
  char* text = static_cast<char*>(memory->allocate(size + 1, 1));
  char* at = std::copy(host.begin(), host.end(), text);
  at = std::copy(digits, digits + port_size, at);
  if (script) {
    *at++ = '|';
    at = std::copy(script->begin(), script->end(), at);
  }
  *at = '\0';
  return {text, size};
}

}  // namespace

std::string_view without_global(std::string_view value) {
  return value == "%{GLOBAL}" ? std::string_view("") : value;
}

std::string_view expand_hook_group(std::string_view value, const RequestFacts& facts,
                                   Memory memory) {
  if (value.empty() || value[0] != '%') return value;
  if (value == "%{SERVER}") return compose(facts.server_name, facts.port, nullptr, memory);
  if (value == "%{HOST}") {
    return compose(facts.host.empty() ? facts.server_name : facts.host, facts.port, nullptr,
                   memory);
  }
  return without_global(value);
}

std::string_view expand_group(std::string_view value, const RequestFacts& facts,
                              const Environment& environment, Memory memory) {
  if (value.empty() || value[0] != '%') return value;
  if (auto name = env_name(value)) {
    auto found = environment.find(*name);
    // Not found: the text itself is the name. Found: expanded once more, but not from there again.
    if (!found || found->starts_with(kEnv)) return found.value_or(value);
    value = *found;
  }
  if (value == "%{RESOURCE}") {
    return compose(facts.server_name, facts.port, &facts.script_name, memory);
  }
  return expand_hook_group(value, facts, memory);
}

std::string_view expand_callable(std::string_view value, const Environment& environment) {
  if (auto name = env_name(value)) value = environment.find(*name).value_or(value);
  return value.empty() || value[0] == '%' ? std::string_view("application") : value;
}

std::size_t script_length(std::string_view path, std::string_view path_info) {
  std::size_t p = path.size(), i = path_info.size(), common = path.size();
  while (i > 0) {
    if (p == 0 || path[p - 1] != path_info[i - 1]) return common;
    if (path[p - 1] != '/') {
      --p, --i;
      continue;
    }
    while (p > 0 && path[p - 1] == '/') --p;
    while (i > 0 && path_info[i - 1] == '/') --i;
    common = p;
  }
  return p;
}

std::string_view script_name_of(std::string_view path, std::string_view path_info,
                                bool case_sensitive, Memory memory) {
  path = path.substr(0, script_length(path, path_info));
  char* text = static_cast<char*>(memory->allocate(path.size() + 1, 1));
  char* at = text;
  for (char c : path) {
    if (c == '/' && at != text && at[-1] == '/') continue;
    *at++ = !case_sensitive && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  *at = '\0';
  return {text, static_cast<std::size_t>(at - text)};
}

bool permits(std::span<const std::string_view> restrict_process, std::string_view group) {
  return std::any_of(restrict_process.begin(), restrict_process.end(),
                     [&](std::string_view name) { return same_word(name, group); });
}

}  // namespace wsgi::config
