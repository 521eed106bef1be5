// SPDX-License-Identifier: Apache-2.0
// Conditions; see conditions.h.
#include "apache_conf/conditions.h"

#include <strings.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "apache_conf/reader.h"
#include "apache_conf/words.h"
#include "sys/files.h"

namespace wsgictl::apache_conf {
namespace {

constexpr std::string_view kConditions[] = {"IfModule", "IfDefine",    "IfVersion",
                                            "IfFile",   "IfDirective", "IfSection"};

using Version = std::array<int, 3>;

std::optional<Version> parse_version(std::string_view text) {
  Version version{};
  for (std::size_t part = 0; part < version.size(); ++part) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), version[part]);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return version;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

Verdict of(bool holds) { return holds ? Verdict::holds : Verdict::fails; }

Verdict judge_version(std::string_view arguments, const std::string& actual) {
  std::string relation = "=";
  std::string wanted = take_word(arguments);
  if (!arguments.empty()) {
    relation = wanted;
    wanted = take_word(arguments);
  }
  const bool reversed = relation.starts_with('!');
  if (reversed) relation.erase(0, 1);
  const auto left = parse_version(actual);
  const auto right = parse_version(wanted);
  if (!left || !right) return Verdict::unknown;  // a regular expression
  bool holds;
  if (relation == "=" || relation == "==" || relation.empty()) {
    holds = *left == *right;
  } else if (relation == ">") {
    holds = *left > *right;
  } else if (relation == ">=") {
    holds = *left >= *right;
  } else if (relation == "<") {
    holds = *left < *right;
  } else if (relation == "<=") {
    holds = *left <= *right;
  } else {
    return Verdict::unknown;
  }
  return of(holds != reversed);
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool is_condition(std::string_view section) {
  for (const std::string_view name : kConditions)
    if (same_name(section, name)) return true;
  return false;
}

Verdict judge(std::string_view section, std::string_view arguments, const Known& known) {
  if (same_name(section, "IfDirective") || same_name(section, "IfSection")) return Verdict::unknown;
  if (same_name(section, "IfVersion"))
    return arguments.empty() ? Verdict::malformed : judge_version(arguments, known.version);
  std::string word = take_word(arguments);
  const bool reversed = word.starts_with('!');
  if (reversed) word.erase(0, 1);
  if (word.empty()) return Verdict::malformed;
  bool holds;
  if (same_name(section, "IfModule")) {
    holds = known.modules.contains(module_name(word));
  } else if (same_name(section, "IfDefine")) {
    holds = known.defines.contains(word);
  } else {
    const auto path = std::filesystem::path(known.server_root) / word;
    std::error_code error;
    holds = std::filesystem::exists(sys::below(known.root, path.string()), error);
  }
  return of(holds != reversed);
}

}  // namespace wsgictl::apache_conf
