// SPDX-License-Identifier: Apache-2.0
#include "config/daemon_options.h"

#include <limits>

#include "config/values.h"

namespace wsgi::config {
namespace {

constexpr std::string_view kDirective = "WSGIDaemonProcess";

const DaemonOption* find_option(std::string_view name) {
  for (const auto& option : daemon_option_table()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> items;
  while (true) {
    std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "3.11", "3.13t"
bool is_version(std::string_view text) {
  if (text.ends_with('t')) text.remove_suffix(1);
  std::size_t dot = text.find('.');
  return dot != std::string_view::npos && is_digits(text.substr(0, dot)) &&
         is_digits(text.substr(dot + 1));
}

// One value for one option; knows whom to speak of.
class Setter {
 public:
  Setter(DaemonOptions& options, const DaemonOption& option, std::string_view value)
      : options_(options),
        option_(option),
        value_(value),
        subject_{kDirective, options.name, option.name} {}

  Status run() {
    if (value_.empty()) return bad(ErrorId::cfg_option_empty, "empty value");
    WSGI_TRY(set());
    if (option_.given) options_.*option_.given = true;
    return ok();
  }

 private:
  Fail bad(ErrorId id, std::string_view what) {
    return wrong(id, subject_, what, "must be " + allowed_values(option_));
  }
  Fail bad(ErrorId id) { return bad(id, "bad value " + quote(value_)); }

  Status set() {
    switch (option_.type) {
      case OptionType::text:
        return put(std::string(value_));
      case OptionType::path:
        if (value_[0] != '/') return bad(ErrorId::cfg_path_relative);
        return put(std::string(value_));
      case OptionType::runtime:
        if (value_[0] != '/' && !is_version(value_)) return bad(ErrorId::cfg_value);
        return put(std::string(value_));
      case OptionType::user:
      case OptionType::group:
        if (value_[0] == '#' && !parse_integer(value_.substr(1), 0, UINT32_MAX - 1)) {
          return bad(ErrorId::cfg_number);
        }
        return put(std::string(value_));
      case OptionType::names:
      case OptionType::paths:
        return set_list();
      case OptionType::octal: {
        auto mask = parse_octal(value_);
        if (!mask || *mask > option_.high) return bad(ErrorId::cfg_umask);
        return put(static_cast<std::int32_t>(*mask));
      }
      case OptionType::number:
      case OptionType::buffer:
        return set_number();
      case OptionType::seconds_f: {
        auto seconds = parse_decimal(value_);
        if (!seconds || *seconds <= 0) return bad(ErrorId::cfg_number);
        return put(*seconds);
      }
      case OptionType::flag: {
        auto on = parse_switch(value_);
        if (!on) return bad(ErrorId::cfg_onoff);
        return put(*on);
      }
    }
    return bad(ErrorId::internal);
  }

  Status set_list() {
    auto items = split_commas(value_);
    for (const auto& item : items) {
      if (item.empty()) return bad(ErrorId::cfg_option_empty);
      if (option_.type == OptionType::paths && item[0] != '/') {
        return bad(ErrorId::cfg_path_relative, "relative path " + quote(item));
      }
    }
    return put(std::move(items));
  }

  Status set_number() {
    auto number = parse_integer(value_, std::numeric_limits<std::int64_t>::min(), option_.high);
    bool none = option_.type == OptionType::buffer && number == 0;
    bool below = number && *number < option_.low && !none;
    if (!number || below) {
      bool buffer = below && option_.type == OptionType::buffer && *number > 0;
      return bad(buffer ? ErrorId::cfg_buffer_min : ErrorId::cfg_number);
    }
    return std::visit(
        [&]<typename M>(M DaemonOptions::*member) -> Status {
          if constexpr (std::is_integral_v<M> && !std::is_same_v<M, bool>) {
            options_.*member = static_cast<M>(*number);
            return ok();
          }
          return bad(ErrorId::internal);
        },
        option_.member);
  }

  template <typename T>
  Status put(T value) {
    auto member = std::get_if<T DaemonOptions::*>(&option_.member);
    if (!member) return bad(ErrorId::internal);
    options_.** member = std::move(value);
    return ok();
  }

  DaemonOptions& options_;
  const DaemonOption& option_;
  std::string_view value_;
  Subject subject_;
};

Fail unknown(const DaemonOptions& options, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& option : daemon_option_table()) names.push_back(option.name);
  return unknown_option({kDirective, options.name, {}}, name, names);
}

}  // namespace

std::string_view type_name(OptionType type) {
  switch (type) {
    case OptionType::text:
      return "text";
    case OptionType::path:
      return "an absolute path";
    case OptionType::runtime:
      return "a version like 3.11 or 3.13t, or the absolute path of a daemon";
    case OptionType::user:
      return "a user name or #uid";
    case OptionType::group:
      return "a group name or #gid";
    case OptionType::names:
      return "group names or #gids, separated by ','";
    case OptionType::paths:
      return "absolute paths, separated by ','";
    case OptionType::octal:
      return "an octal number";
    case OptionType::number:
      return "a whole number";
    case OptionType::buffer:
      return "0 or a whole number";
    case OptionType::seconds_f:
      return "a number above 0";
    case OptionType::flag:
      return "one of: Off | On";
  }
  return "";
}

std::string_view effect_name(Effect effect) {
  switch (effect) {
    case Effect::now:
      return "now";
    case Effect::none:
      return "none";
    case Effect::deprecated:
      return "deprecated";
  }
  return "";
}

std::string allowed_values(const DaemonOption& option) {
  std::string unit = option.unit.empty() ? "" : " " + std::string(option.unit);
  std::string low = std::to_string(option.low), high = std::to_string(option.high);
  switch (option.type) {
    case OptionType::number:
      return "a whole number from " + low + " to " + high + unit;
    case OptionType::buffer:
      return "0, or a whole number from " + low + " to " + high + unit;
    case OptionType::octal:
      return "an octal number from 0 to 777";
    case OptionType::seconds_f:
      return "a number above 0" + unit;
    default:
      return std::string(type_name(option.type));
  }
}

Result<DaemonOptions> parse_daemon_process(std::string_view arguments) {
  DaemonOptions options;
  auto name = next_word(arguments);
  if (!name || name->empty()) {
    return wrong(ErrorId::cfg_arguments, {kDirective, {}, {}}, "the name of the group is missing",
                 "write WSGIDaemonProcess name [option=value ...]");
  }
  options.name = std::move(*name);
  while (true) {
    WSGI_ASSIGN(auto given, next_option({kDirective, options.name, {}}, arguments));
    if (!given) break;
    const DaemonOption* option = find_option(given->name);
    if (!option) return unknown(options, given->name);
    WSGI_TRY(Setter(options, *option, given->value).run());
  }
  if (!options.script_user.empty() && !options.script_group.empty()) {
    return wrong(ErrorId::cfg_script_owner_both, {kDirective, options.name, {}},
                 "script-user and script-group together", "give one of them");
  }
  return options;
}

std::vector<const DaemonOption*> options_given(std::string_view arguments) {
  std::vector<const DaemonOption*> found;
  next_word(arguments);
  while (true) {
    auto given = next_option({}, arguments);
    if (!given || !*given) return found;
    const DaemonOption* option = find_option((*given)->name);
    bool again = false;
    for (const auto* other : found) again = again || other == option;
    if (option && !again) found.push_back(option);
  }
}

}  // namespace wsgi::config
