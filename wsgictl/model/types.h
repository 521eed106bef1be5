// SPDX-License-Identifier: Apache-2.0
// The types of text that the table knows: what is expected in words, as a pattern for editors, and
// the check itself. Pure; a value that passes can be written into Apache's configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/keys.h"

namespace wsgictl::model {

struct Problem {
  const char* code;
  std::string message;
  std::string hint;
  std::string replacement;
};

// "a duration such as 30s", for "expected …".
std::string expectation(const Key& key);

// ECMA 262 pattern of the schema; "" where any text will do.
std::string_view pattern(Type type);

// Why TEXT is no value of TYPE, or nothing. Control characters and ${ are found first, in any type.
std::optional<Problem> check_text(Type type, std::string_view text);

// The type is written as text in YAML.
bool is_text(Type type);

// Texts of the author's choice: quoted when written. Others are words of a known form.
bool is_free_text(Type type);

}  // namespace wsgictl::model
