// SPDX-License-Identifier: Apache-2.0
#include "config/interpreter_switches.h"

#include <map>

#include "config/values.h"

namespace wsgi::config {
namespace {

constexpr std::int64_t kFirstWithOwnGil = 12;  // 3.12

bool is_free_threaded(std::string_view version) { return version.ends_with('t'); }

bool can_have_own_gil(std::string_view version) {
  if (is_free_threaded(version)) return true;  // other reasons apply, and are said at creation
  auto minor = parse_integer(version.substr(version.find('.') + 1), 0, 999);
  return !minor || !version.starts_with("3.") || *minor >= kFirstWithOwnGil;
}

// Is the switch on anywhere for the processes of the group?
bool asks(const PythonSettings& settings, const std::string& group,
          Flag InterpreterOptions::*member) {
  if (settings.base.*member == true) return true;
  for (const auto& section : settings.containers) {
    if (section.process_group.value_or(group) == group && section.*member == true) return true;
  }
  return false;
}

std::string shown(const std::string& group) {
  return group.empty() ? "Apache's own processes" : "group " + quote(group);
}

}  // namespace

std::vector<Notice> switches_without_effect(const PythonSettings& settings,
                                            std::span<const PythonUser> users) {
  std::map<std::string, std::string> gil, free;  // version: who
  for (const auto& user : users) {
    auto add = [&](std::map<std::string, std::string>& to) {
      std::string& who = to[user.version];
      who += (who.empty() ? "" : ", ") + shown(user.group);
    };
    if (user.version.empty()) continue;
    if (asks(settings, user.group, &InterpreterOptions::per_interpreter_gil) &&
        !can_have_own_gil(user.version)) {
      add(gil);
    }
    if (asks(settings, user.group, &InterpreterOptions::free_threading) &&
        !is_free_threaded(user.version)) {
      add(free);
    }
  }
  std::vector<Notice> notices;
  for (const auto& [version, who] : gil) {
    notices.push_back({ErrorId::cfg_no_effect, "WSGIPerInterpreterGIL has no effect with Python " +
                                                   version + ": it needs 3.12 or later (" + who +
                                                   ")"});
  }
  for (const auto& [version, who] : free) {
    notices.push_back({ErrorId::cfg_no_effect, "WSGIFreeThreading has no effect with Python " +
                                                   version + ": it needs a free-threaded build (" +
                                                   who + ")"});
  }
  return notices;
}

}  // namespace wsgi::config
