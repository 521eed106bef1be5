// SPDX-License-Identifier: Apache-2.0
// Small predicates over texts: names, hosts, addresses, paths. Pure functions, no locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsgictl::model {

bool alphanumeric(char c);  // ASCII only
bool digit(char c);

// Starts with a letter, digit or one of FIRST; goes on with those or one of REST.
bool is_word(std::string_view text, std::string_view first, std::string_view rest);

bool is_app_name(std::string_view text);
bool is_host_name(std::string_view text);  // RFC 1123: labels of 1 to 63, 253 in all
bool is_network(std::string_view text);    // IPv4 or IPv6, with or without /PREFIX
bool is_umask(std::string_view text);
bool is_python_version(std::string_view text);
bool is_python_name(std::string_view text);
bool is_dotted_name(std::string_view text);
bool is_http_url(std::string_view text);

// PATH without empty, "." and ".." parts and without a slash at the end (textually).
std::string normal_path(std::string_view path);

// "8080", "127.0.0.1:8080", "[::1]:8080", "*:8080".
struct Listen {
  std::string address;  // "*" for all; IPv6 in brackets
  int port = 0;
};
std::optional<Listen> parse_listen(std::string_view text);

}  // namespace wsgictl::model
