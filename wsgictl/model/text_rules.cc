// SPDX-License-Identifier: Apache-2.0
// Predicates over texts; see text_rules.h.
#include "model/text_rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace wsgictl::model {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

std::optional<int> number_up_to(std::string_view text, int max) {
  int value = 0;
  if (!all_digits(text) || text.size() > 6) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value <= max ? std::optional<int>(value) : std::nullopt;
}

bool is_address(int family, std::string_view text) {
  unsigned char bytes[16];
  return inet_pton(family, std::string(text).c_str(), bytes) == 1;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(),
                     [](char c) { return alphanumeric(c) || c == '-'; });
}

}  // namespace

bool digit(char c) { return c >= '0' && c <= '9'; }
bool alphanumeric(char c) { return letter(c) || digit(c); }

bool is_word(std::string_view text, std::string_view first, std::string_view rest) {
  const auto in = [](std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
  };
  if (text.empty() || !(alphanumeric(text[0]) || in(first, text[0]))) return false;
  return std::all_of(text.begin() + 1, text.end(),
                     [&](char c) { return alphanumeric(c) || in(first, c) || in(rest, c); });
}

bool is_app_name(std::string_view text) {
  return text.size() <= 63 && is_word(text, "", "._-") &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  const auto labels = split(text, '.');
  return std::all_of(labels.begin(), labels.end(), is_label);
}

bool is_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool v4 = is_address(AF_INET, address);
  if (!v4 && !is_address(AF_INET6, address)) return false;
  return slash == std::string_view::npos ||
         number_up_to(text.substr(slash + 1), v4 ? 32 : 128).has_value();
}

bool is_umask(std::string_view text) {
  const bool octal =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
  return octal && (text.size() == 3 || (text.size() == 4 && text[0] == '0'));
}

bool is_python_version(std::string_view text) {
  if (!text.starts_with("3.")) return false;
  text.remove_prefix(2);
  if (text.ends_with('t')) text.remove_suffix(1);
  return all_digits(text) && text.size() <= 2;
}

bool is_python_name(std::string_view text) { return is_word(text, "_", "") && !digit(text[0]); }

bool is_dotted_name(std::string_view text) {
  const auto parts = split(text, '.');
  return std::all_of(parts.begin(), parts.end(), is_python_name);
}

bool is_http_url(std::string_view text) {
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else {
    return false;
  }
  std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos || !is_address(AF_INET6, authority.substr(1, end - 1)))
      return false;
    authority.remove_prefix(end + 1);
    return authority.empty() || (authority[0] == ':' && number_up_to(authority.substr(1), 65535));
  }
  const std::size_t colon = authority.find(':');
  if (!is_host_name(authority.substr(0, colon))) return false;
  return colon == std::string_view::npos ||
         number_up_to(authority.substr(colon + 1), 65535).has_value();
}

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string out;
  for (const std::string_view part : kept) out.append("/").append(part);
  return out.empty() ? "/" : out;
}

std::optional<Listen> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto port = number_up_to(text.substr(colon + 1), 65535);
  if (!port || *port == 0) return std::nullopt;
  if (colon == std::string_view::npos) return Listen{"*", *port};
  const std::string_view address = text.substr(0, colon);
  const bool v6 = address.size() > 2 && address.front() == '[' && address.back() == ']' &&
                  is_address(AF_INET6, address.substr(1, address.size() - 2));
  if (address != "*" && !v6 && !is_address(AF_INET, address)) return std::nullopt;
  return Listen{std::string(address), *port};
}

}  // namespace wsgictl::model
