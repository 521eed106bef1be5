// SPDX-License-Identifier: Apache-2.0
// THE table of YAML keys. From it come decoding with its errors, defaults, the JSON Schema, and
// `explain`. A row says where its value goes by a function made from a pointer to member, so the
// decoder knows no struct. "*" in a path stands for a name that the author chooses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/app.h"

namespace wsgictl::model {

enum class Type {
  object,        // closed map of keys of the table
  map,           // names of the author's choice; the row PATH.* says what stands below
  integer,       // range in min, max
  duration,      // seconds, range in min, max
  milliseconds,  // as a duration, with ms as well; range in milliseconds
  size,          // bytes, range in min, max
  boolean,
  choice,        // one of `choices`
  text,          // one line
  value,         // one line, of an environment variable: may hold ${, is sensitive
  path,          // absolute, normalised, no wildcards
  list_path,     // the same, and no colon or comma, since it becomes part of a list
  url_path,      // of a route: /, /static
  request_path,  // of a request: may have a query
  location,      // target of a redirect: request path or URL
  proxy_url,     // http:// or https:// URL
  app_name,
  host_name,
  host_pattern,  // host name, may start with *.
  listen,        // port or address:port
  network,       // address or subnet
  account,       // user or group: name or #id
  octal,
  locale,
  python_version,
  python_module,
  python_name,
  variable_name,
  header_name,
  header_value,
  status_code,  // of an error document
  log_level,    // info, wsgi:debug
  directive_name,
  accounts,    // user or group names, separated by commas
  user_name,   // of who logs in: what a password file can hold
  group_name,  // of such users
  mail_address,
  socket_path,
};

enum class Shape { one, list, one_or_list };

struct Key {
  std::string_view path;
  Type type = Type::object;
  std::string_view help;
  std::string_view fallback;   // default as one writes it in YAML; "" = none
  std::string_view directive;  // what it becomes in Apache's configuration
  std::string_view example;
  std::string_view choices;  // of a choice, separated by blanks
  std::string_view needs;    // sibling keys, one of which must be there too, separated by blanks
  std::int64_t min = 0;
  std::int64_t max = 0;
  Shape shape = Shape::one;
  Type names = Type::text;  // of a map: type of its names
  bool required = false;
  bool exclusive = false;  // exactly one of the siblings with this mark must be there
  bool separate = false;   // of a list: a directive for each value
  bool implied = false;    // an object whose defaults apply when it is not there
  void (*store)(void* owner, Parsed value) = nullptr;  // scalars: set or append
  Parsed (*load)(const void* owner) = nullptr;         // rows that become an option: read back
  void* (*enter)(void* owner, const diag::Mark&) = nullptr;  // objects: the member
  void* (*add)(void* owner, Parsed name) = nullptr;          // maps: a new element
};

// All rows; a parent stands before its children.
std::span<const Key> keys();

// The row of PATH ("apps.*.daemon.user"), or null.
const Key* find_key(std::string_view path);

// The row that a person means: "apps.daemon.user", "apps.shop.daemon.user", "daemon.user" or, if
// only one key has this name, "user". Null if there is none or more than one.
const Key* find_key_for_person(std::string_view words);

// The rows directly below PATH ("" = top level), without PATH.*.
const std::vector<const Key*>& children(std::string_view path);

std::string_view last_word(std::string_view path);  // "user" of "apps.*.daemon.user"
std::string plain_path(std::string_view path);      // "apps.daemon.user" of "apps.*.daemon.user"
std::vector<std::string> words(std::string_view separated_by_blanks);

}  // namespace wsgictl::model
