// SPDX-License-Identifier: Apache-2.0
// Typed scalars of the configuration: httpd's word quoting, strict numbers, switches, paths, and
// the memory that texts live in. Pure; errors are texts in the form of errors.md, section 1,
// without the directive's name in front, which the caller knows.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wsgi::config {

// Where in the configuration files something was written.
struct Place {
  std::string_view file;
  unsigned line = 0;
  bool operator==(const Place&) const = default;
};
std::string describe(const Place& place);  // "/etc/…/site.conf:12"

// The configuration's memory: an APR pool, or a monotonic buffer in tests.
using Memory = std::pmr::memory_resource*;
// A NUL-terminated copy in that memory.
std::string_view keep(Memory memory, std::string_view text);
std::span<const std::string_view> keep(Memory memory, const std::vector<std::string>& texts);

// Takes the next word off `rest`, as httpd does: quoted with ' or ", where a backslash quotes the
// quote and itself, or up to white space. Nothing is left: nullopt.
std::optional<std::string> next_word(std::string_view& rest);
std::vector<std::string> split_words(std::string_view text);

// Of whom a message speaks; empty parts are left out.
struct Subject {
  std::string_view directive, name, option;
};

// name=value, the value perhaps quoted.
struct Option {
  std::string name, value;
};
// Takes the next option off `rest`; nullopt at the end. Fails (cfg_option_unknown) at a word
// without
// '=', at a value whose quotes do not end, at a word that is quoted as a whole.
Result<std::optional<Option>> next_option(const Subject& subject, std::string_view& rest);

// On | Off in any case.
std::optional<bool> parse_switch(std::string_view text);
// Decimal digits with an optional sign and nothing else, within [low, high].
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t low,
                                          std::int64_t high);
std::optional<std::uint32_t> parse_octal(std::string_view text);
// A finite decimal number, nothing behind it.
std::optional<double> parse_decimal(std::string_view text);
// "a" < "b" by edit distance: the nearest of `names`, if it is near enough to be meant.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> names);
// Without regard to ASCII case.
bool same_word(std::string_view a, std::string_view b);
// For messages: control characters escaped, cut to 256 bytes, in single quotes.
std::string quote(std::string_view text);

// `<Directive>[ '<name>'][ option '<option>']: <what>[; <allowed>]`
Fail wrong(ErrorId id, const Subject& subject, std::string_view what, std::string_view allowed);
// "unknown option 'x'; did you mean 'y'? The options are: …"
Fail unknown_option(const Subject& subject, std::string_view option,
                    std::span<const std::string_view> names);

}  // namespace wsgi::config
