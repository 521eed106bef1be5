// SPDX-License-Identifier: Apache-2.0
// The table of everything WSGIDaemonProcess takes, and its parser. Parsing is pure; accounts are
// looked up by identity.h. Source: directives.md of the specification, section 5.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace wsgi::config {

enum class OptionType : std::uint8_t {
  text,     // anything but nothing
  path,     // begins with '/'
  runtime,  // "3.11", "3.13t" or the path of a daemon executable
  user,     // name or #uid
  group,    // name or #gid
  names,    // comma-separated groups
  paths,    // comma-separated absolute paths
  octal,
  number,     // low to high
  buffer,     // 0 or low to high
  seconds_f,  // decimal, above 0
  flag,       // On | Off
};
std::string_view type_name(OptionType type);  // for help: "name or #uid"

using OptionMember =
    std::variant<std::string DaemonOptions::*, std::vector<std::string> DaemonOptions::*,
                 std::int32_t DaemonOptions::*, std::uint32_t DaemonOptions::*,
                 std::uint64_t DaemonOptions::*, double DaemonOptions::*, bool DaemonOptions::*>;

// Does this version act on it? The only list of what is accepted but has no consequence.
enum class Effect : std::uint8_t {
  now,
  none,        // accepted; nothing to act on in this design
  deprecated,  // acted on, better avoided
};
std::string_view effect_name(Effect effect);

struct DaemonOption {
  std::string_view name;
  OptionType type;
  OptionMember member;
  std::string_view unit;      // "s", "ms", "bytes" or ""
  std::string_view fallback;  // the default, as shown
  std::string_view help;
  std::int64_t low = 0, high = 0;        // number, buffer
  bool DaemonOptions::*given = nullptr;  // remembers that it was given
  Effect effect = Effect::now;
  std::string_view remark = {};  // for Effect::none and deprecated: why, or what instead
};

std::span<const DaemonOption> daemon_option_table();
// What a value must be: "0 to 65533", "0, or at least 512 bytes", …
std::string allowed_values(const DaemonOption& option);

// `name [option=value …]`, the text after the directive's name. An option given twice: the last
// one.
Result<DaemonOptions> parse_daemon_process(std::string_view arguments);
// Names of the options in `arguments`, each once, in order; for notices about Effect.
std::vector<const DaemonOption*> options_given(std::string_view arguments);

}  // namespace wsgi::config
