// SPDX-License-Identifier: Apache-2.0
// Scalars; see scalar.h.
#include "yaml/scalar.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <span>

#include "diag/text.h"

namespace wsgictl::yaml {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr Unit kTimes[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
constexpr Unit kShortTimes[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                                {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
constexpr Unit kSizes[] = {{"B", 1},
                           {"KiB", std::int64_t{1} << 10},
                           {"MiB", std::int64_t{1} << 20},
                           {"GiB", std::int64_t{1} << 30},
                           {"TiB", std::int64_t{1} << 40}};

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return digits(text) && (text == "0" || text[0] != '0');
}

bool is_real(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && digits(text.substr(0, dot)) &&
         digits(text.substr(dot + 1));
}

Quantity parse_quantity(std::string_view text, std::span<const Unit> units) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0) return {0, QuantityError::not_a_number};
  std::string_view unit = text.substr(end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) return {0, QuantityError::no_unit};
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + end, number);
    if (error != std::errc{} || number > std::numeric_limits<std::int64_t>::max() / known.factor)
      return {0, QuantityError::too_large};
    return {number * known.factor, QuantityError::none};
  }
  return {0, QuantityError::unknown_unit};
}

}  // namespace

Type type_of(const Node& node) {
  switch (node.kind) {
    case Kind::null:
      return Type::null;
    case Kind::list:
      return Type::list;
    case Kind::map:
      return Type::map;
    case Kind::scalar:
      break;
  }
  if (!node.plain) return Type::text;
  if (node.value == "true" || node.value == "false") return Type::boolean;
  if (is_integer(node.value)) return Type::integer;
  if (is_real(node.value)) return Type::real;
  return Type::text;
}

std::string describe(const Node& node) {
  switch (type_of(node)) {
    case Type::null:
      return "nothing";
    case Type::boolean:
      return "the boolean " + node.value;
    case Type::integer:
      return "the integer " + diag::escape(node.value);
    case Type::real:
      return "the number " + diag::escape(node.value);
    case Type::text:
      return "the text " + diag::quote(node.value);
    case Type::list:
      return "a list";
    case Type::map:
      return "a map";
  }
  return "";
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  if (!is_integer(text)) return std::nullopt;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

Quantity parse_duration(std::string_view text) { return parse_quantity(text, kTimes); }
Quantity parse_short_duration(std::string_view text) { return parse_quantity(text, kShortTimes); }
Quantity parse_size(std::string_view text) { return parse_quantity(text, kSizes); }

}  // namespace wsgictl::yaml
