// SPDX-License-Identifier: Apache-2.0
// What a scalar means: YAML 1.2 core schema as wsgictl-conventions §4 narrows it, and the two forms
// of our own, times and sizes with units. Pure functions over text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace wsgictl::yaml {

enum class Type { null, boolean, integer, real, text, list, map };

// Of plain scalars only true/false, decimal integers without leading zeros and decimal fractions
// are more than text; quoted ones are always text.
Type type_of(const Node& node);

// "the text "4x"", "the integer 12", "a list": what was found, for messages.
std::string describe(const Node& node);

// Decimal, optional minus sign, no leading zeros, in the range of the type.
std::optional<std::int64_t> parse_integer(std::string_view text);

enum class QuantityError { none, not_a_number, no_unit, unknown_unit, too_large };

struct Quantity {
  std::int64_t value = 0;
  QuantityError error = QuantityError::none;
};

Quantity parse_duration(std::string_view text);  // s m h d w, to seconds
Quantity parse_short_duration(std::string_view text);  // the same and ms, to milliseconds
Quantity parse_size(std::string_view text);      // B KiB MiB GiB TiB, to bytes

}  // namespace wsgictl::yaml
