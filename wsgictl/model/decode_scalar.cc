// SPDX-License-Identifier: Apache-2.0
// Scalars by the table; see decode_scalar.h.
#include "model/decode_scalar.h"

#include <fmt/format.h>

#include <algorithm>

#include "diag/codes.h"
#include "diag/text.h"
#include "model/types.h"
#include "yaml/scalar.h"

namespace wsgictl::model {
namespace {

using yaml::Node;

// A problem with nothing but the value in hand; place and key are added by the caller.
Problem wrong_type(const Key& key, const Node& node) {
  const yaml::Type found = yaml::type_of(node);
  Problem p{"WCTL1201",
            fmt::format("expected {}, found {}", expectation(key), yaml::describe(node)), "", ""};
  if (found == yaml::Type::null) {
    p.code = "WCTL1213";
    p.hint = "write a value, or remove the key";
  } else if (is_text(key.type) && (found == yaml::Type::integer || found == yaml::Type::real ||
                                   found == yaml::Type::boolean)) {
    p.code = "WCTL1214";
    p.replacement = "\"" + node.value + "\"";
    p.hint = "write " + p.replacement;
  }
  return p;
}

std::optional<Problem> set_integer(const Key& key, const Node& node, Parsed& out) {
  const auto number = yaml::parse_integer(node.value);
  if (!node.plain && number) {
    Problem p = wrong_type(key, node);
    p.code = "WCTL1212";
    p.hint = "remove the quotes";
    p.replacement = node.value;
    return p;
  }
  if (yaml::type_of(node) != yaml::Type::integer) return wrong_type(key, node);
  const auto choices = words(key.choices);
  const bool chosen =
      choices.empty() || std::find(choices.begin(), choices.end(), node.value) != choices.end();
  if (!number || *number < key.min || *number > key.max || !chosen) {
    Problem p = wrong_type(key, node);
    p.code = key.path == "version" ? "WCTL1209" : choices.empty() ? "WCTL1204" : "WCTL1207";
    return p;
  }
  out.number = *number;
  return std::nullopt;
}

std::optional<Problem> set_quantity(const Key& key, const Node& node, Parsed& out) {
  const bool short_time = key.type == Type::milliseconds;
  const bool time = short_time || key.type == Type::duration;
  const auto quantity = short_time ? yaml::parse_short_duration(node.value)
                        : time     ? yaml::parse_duration(node.value)
                                   : yaml::parse_size(node.value);
  Problem p{"WCTL1201",
            fmt::format("expected {}, found {}", expectation(key), yaml::describe(node)), "", ""};
  switch (quantity.error) {
    case yaml::QuantityError::not_a_number:
      return wrong_type(key, node);
    case yaml::QuantityError::no_unit:
      p.code = "WCTL1205";
      p.replacement = node.value + (short_time ? "ms" : time ? "s" : "MiB");
      p.hint = (time ? "add the unit: " : "add the unit, for example ") + p.replacement;
      return p;
    case yaml::QuantityError::unknown_unit:
      p.code = "WCTL1206";
      p.hint = short_time ? "units are ms, s, m, h, d and w"
               : time     ? "units are s, m, h, d and w"
                          : "units are B, KiB, MiB, GiB and TiB";
      return p;
    case yaml::QuantityError::too_large:
      break;
    case yaml::QuantityError::none:
      if (quantity.value >= key.min && quantity.value <= key.max) {
        out.number = quantity.value;
        return std::nullopt;
      }
  }
  p.code = "WCTL1204";
  p.message = fmt::format("{} is out of range", diag::quote(node.value));
  p.hint = fmt::format("use a value from {} to {} {}", key.min, key.max,
                       short_time ? "milliseconds"
                       : time     ? "seconds"
                                  : "bytes");
  return p;
}

std::optional<Problem> set_boolean(const Key& key, const Node& node, Parsed& out) {
  if (yaml::type_of(node) == yaml::Type::boolean) {
    out.flag = node.value == "true";
    return std::nullopt;
  }
  Problem p = wrong_type(key, node);
  std::string word = node.value;
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* yes : {"yes", "on", "y", "1", "true"})
    if (word == yes) p.replacement = "true";
  for (const char* no : {"no", "off", "n", "0", "false"})
    if (word == no) p.replacement = "false";
  if (!p.replacement.empty()) p.hint = "write " + p.replacement;
  return p;
}

std::optional<Problem> set_choice(const Key& key, const Node& node, Parsed& out) {
  const auto choices = words(key.choices);
  if (std::find(choices.begin(), choices.end(), node.value) != choices.end()) return std::nullopt;
  Problem p = wrong_type(key, node);
  if (yaml::type_of(node) == yaml::Type::text) p.code = "WCTL1207";
  if (const auto near = diag::nearest(node.value, choices)) {
    p.replacement = *near;
    p.hint = fmt::format("did you mean \"{}\"?", *near);
  }
  out.text = node.value;
  return p;
}

std::optional<Problem> set_text(const Key& key, const Node& node, Parsed& out) {
  const yaml::Type found = yaml::type_of(node);
  const bool port = key.type == Type::listen && found == yaml::Type::integer;
  if (found != yaml::Type::text && !port) return wrong_type(key, node);
  out.text = node.value;
  return check_text(key.type, node.value);
}

std::optional<Problem> set(const Key& key, const Node& node, Parsed& out) {
  if (node.kind != yaml::Kind::scalar) return wrong_type(key, node);
  out.text = node.value;
  switch (key.type) {
    case Type::integer:
      return set_integer(key, node, out);
    case Type::duration:
    case Type::milliseconds:
    case Type::size:
      return set_quantity(key, node, out);
    case Type::boolean:
      return set_boolean(key, node, out);
    case Type::choice:
      return set_choice(key, node, out);
    default:
      return set_text(key, node, out);
  }
}

std::optional<Parsed> parse_fallback(const Key& key) {
  if (key.fallback.empty()) return std::nullopt;
  Node node;
  node.kind = yaml::Kind::scalar;
  node.value = key.fallback;
  Parsed out;
  out.given = false;
  if (set(key, node, out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Parsed> decode_scalar(const Key& key, const yaml::Node& node, const Place& place,
                                    diag::Diagnostics& diagnostics) {
  Parsed out;
  out.mark = node.mark;
  auto problem = set(key, node, out);
  if (!problem) return out;
  // The message of a sensitive value must not quote it.
  if (key.type == Type::value && node.kind == yaml::Kind::scalar) {
    problem->message = problem->code == std::string_view("WCTL1601")
                           ? "the value of the variable holds a line feed or control character"
                           : "expected a text in quotes as value of the variable";
    problem->hint = problem->code == std::string_view("WCTL1601") ? "write the value on one line"
                                                                  : "put the value in quotes";
    problem->replacement.clear();
  }
  if (problem->hint.empty()) {
    const std::string_view sample = key.example.empty() ? key.fallback : key.example;
    problem->hint =
        !key.choices.empty() ? "use one of them" : fmt::format("write a value such as {}", sample);
  }
  diag::Diagnostic d =
      diag::make(problem->code, node.mark, std::move(problem->message), std::move(problem->hint));
  d.path = place.pointer();
  d.replacement = std::move(problem->replacement);
  d.docs = "wsgictl explain " + plain_path(key.path);
  diagnostics.add(std::move(d));
  return std::nullopt;
}

const std::optional<Parsed>& fallback(const Key& key) {
  static const std::vector<std::optional<Parsed>> kDefaults = [] {
    std::vector<std::optional<Parsed>> all;
    for (const Key& row : keys()) all.push_back(parse_fallback(row));
    return all;
  }();
  return kDefaults[static_cast<std::size_t>(&key - keys().data())];
}

}  // namespace wsgictl::model
