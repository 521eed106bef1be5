// SPDX-License-Identifier: Apache-2.0
// Offline rules about log formats, which Apache refuses as a whole or takes for the text of every
// line; see rules_internal.h. Measured on Apache 2.4.71; a module of others may add letters, which
// is for extra_directives.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "check/rules_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "model/keys.h"

namespace wsgictl::check {
namespace {

using diag::lower;
using model::ExtraDirective;
using model::ExtraDirectives;
using model::Site;

// Formats that Debian and Fedora define.
constexpr std::string_view kNames[] = {"combined", "common", "vhost_combined",
                                       "referer",  "agent",  "combinedio"};

// What may follow a percent sign.
struct Items {
  std::string_view modifiers;
  std::string_view letters;
  std::string_view pairs[3];  // behind a ^
};
constexpr Items kOfAccess{
    "!<>,0123456789", "abcefhiklmnopqrstuvxABCDHILOPRSTUVX%", {"FB", "ti", "to"}};
constexpr Items kOfErrors{"-0123456789", "aeiklmntvAEFLMPTV% ", {}};

bool is_in(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

// Takes the item behind a percent sign off TEXT and gives its letter; nothing if it is none.
std::optional<char> next_item(std::string_view& text, const Items& items) {
  while (!text.empty() && (text[0] == '{' || is_in(items.modifiers, text[0]))) {
    const std::size_t last = text[0] == '{' ? text.find('}') : 0;
    if (last == std::string_view::npos) return std::nullopt;
    text.remove_prefix(last + 1);
  }
  if (text.empty()) return std::nullopt;
  const char letter = text[0];
  const bool pair = letter == '^' && std::find(std::begin(items.pairs), std::end(items.pairs),
                                               text.substr(1, 2)) != std::end(items.pairs);
  if (!pair && !is_in(items.letters, letter)) return std::nullopt;
  text.remove_prefix(pair ? 3 : 1);
  return letter;
}

// The first item of FORMAT that Apache does not know, from its percent sign on. SEEN: all letters.
std::string_view unknown_item(std::string_view format, const Items& items, std::string& seen) {
  for (std::size_t at = format.find('%'); at != std::string_view::npos; at = format.find('%')) {
    const std::string_view from = format.substr(at);
    format.remove_prefix(at + 1);
    const auto letter = next_item(format, items);
    if (!letter) return from;
    seen += *letter;
  }
  return {};
}

void refuse(diag::Diagnostics& diagnostics, const diag::Mark& mark, std::string message) {
  diagnostics.add(diag::make("WCTL1460", mark, std::move(message),
                             "the manual has the items at LogFormat and ErrorLogFormat"));
}

// True if FORMAT has no unknown item.
bool known(std::string_view format, const Items& items, const diag::Mark& mark, std::string& seen,
           diag::Diagnostics& diagnostics) {
  const std::string_view unknown = unknown_item(format, items, seen);
  if (unknown.empty()) return true;
  refuse(diagnostics, mark,
         fmt::format("{} is no item of a log format", diag::quote(unknown.substr(0, 12))));
  return false;
}

bool is_defined(const ExtraDirectives& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const ExtraDirective& extra) {
    return lower(extra.directive.value) == "logformat" && extra.arguments.size() == 2 &&
           extra.arguments[1].value == name;
  });
}

void access_format(const Site& site, const ExtraDirectives& common,
                   diag::Diagnostics& diagnostics) {
  if (!site.log_format.given) return;
  const std::string& format = site.log_format.value;
  if (std::find(std::begin(kNames), std::end(kNames), format) != std::end(kNames) ||
      is_defined(common, format) || is_defined(site.extra_directives, format))
    return;
  if (format.find('%') == std::string::npos) {
    diagnostics.add(diag::make("WCTL1443", site.log_format.mark,
                               fmt::format("no log format {} is known", diag::quote(format)),
                               "use combined, unless Apache's own files define this one"));
    return;
  }
  std::string seen;
  known(format, kOfAccess, site.log_format.mark, seen, diagnostics);
}

void error_format(const Site& site, diag::Diagnostics& diagnostics) {
  for (const model::Parsed& setting : site.settings) {
    if (setting.row->directive != "ErrorLogFormat") continue;
    std::string seen;
    if (known(setting.text, kOfErrors, setting.mark, seen, diagnostics) && !is_in(seen, 'M'))
      refuse(diagnostics, setting.mark,
             fmt::format("{} leaves out %M, the message", diag::quote(setting.text)));
  }
}

}  // namespace

void rule_log_formats(const model::Definition& definition, diag::Diagnostics& diagnostics) {
  for (const Site& site : definition.sites) {
    access_format(site, definition.server.extra_directives, diagnostics);
    error_format(site, diagnostics);
  }
}

}  // namespace wsgictl::check
