// SPDX-License-Identifier: Apache-2.0
// Options of WSGIDaemonProcess and of the script directives: where they belong, and amounts and
// times that cannot work together. See rules.h.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "apache_check/rules.h"
#include "config/daemon_options.h"
#include "config/script_options.h"
#include "diag/text.h"

namespace wsgictl::apache_check {
namespace {

using diag::quote;

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <typename Table>
bool has(const Table& table, const std::string& name) {
  return std::any_of(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
}

template <typename Table>
std::optional<std::string> near(const Table& table, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& row : table) names.emplace_back(row.name);
  return diag::nearest(name, names);
}

void misplaced(Report& report) {
  const auto daemon = wsgi::config::daemon_option_table();
  const auto script = wsgi::config::script_option_table();
  for (const Used& used : report.facts.all) {
    const Node& node = *used.node;
    const bool group = node.is("WSGIDaemonProcess");
    const bool import = node.is("WSGIImportScript");
    if (!group && !import && !node.is("WSGIScriptAlias") && !node.is("WSGIScriptAliasMatch"))
      continue;
    for (std::size_t i = group || import ? 1 : 2; i < node.words.size(); ++i) {
      const std::string name = node.words[i].substr(0, node.words[i].find('='));
      if (group ? has(daemon, name) : has(script, name)) continue;
      std::string hint = group ? "remove it" : "move it to WSGIDaemonProcess, or remove it";
      std::string replacement;
      if (group && has(script, name)) {
        hint = "move it to WSGIScriptAlias";
      } else if (group || !has(daemon, name)) {
        const auto meant = group ? near(daemon, name) : near(script, name);
        replacement = meant.value_or("");
        if (meant) hint = fmt::format("did you mean \"{}\"?", *meant);
      } else {
        hint = "move it to WSGIDaemonProcess";
      }
      report.add("WCTL2409", node, name, fmt::format("{} has no option {}", node.name, quote(name)),
                 hint, nullptr, replacement);
    }
  }
}

// In seconds; nothing if not given, 0 or no number.
std::optional<std::int64_t> limit(const Group& group, const char* name) {
  const auto value = number(option(group.options, name));
  return value && *value > 0 ? value : std::nullopt;
}

void times(Report& report, const Group& group) {
  const auto order = [&](const char* name, const std::string& message, const char* hint) {
    report.add("WCTL2417", *group.at.node, std::string(name) + "=", message, hint);
  };
  const auto queue = limit(group, "queue-timeout"), request = limit(group, "request-timeout"),
             socket = limit(group, "socket-timeout"), restart = limit(group, "restart-interval");
  if (queue && request && *queue >= *request)
    order("queue-timeout",
          fmt::format("queue-timeout {} is not below request-timeout {}", *queue, *request),
          "make queue-timeout shorter");
  if (request && socket && *request > *socket)
    order("request-timeout",
          fmt::format("request-timeout {} is above socket-timeout {}", *request, *socket),
          "make socket-timeout at least as long");
  // What holds for the connection to a process that has no socket-timeout.
  const auto timeouts = report.facts.uses("Timeout");
  std::int64_t apache = 0;
  if (!timeouts.empty() && timeouts.back()->vhost == nullptr &&
      !timeouts.back()->node->words.empty())
    apache = number(timeouts.back()->node->words[0]).value_or(0);
  if (request && !socket && apache > 0 && *request > apache)
    order("request-timeout",
          fmt::format("request-timeout {} is above Apache's Timeout {}", *request, apache),
          "give the group a socket-timeout that is at least as long");
  if (limit(group, "interrupt-timeout") && !request)
    order("interrupt-timeout", "interrupt-timeout has no effect without request-timeout",
          "add request-timeout");
  const std::int64_t graceful = limit(group, "graceful-timeout").value_or(15);
  if (restart && *restart <= graceful)
    order("restart-interval",
          fmt::format("restart-interval {} is not above graceful-timeout {}", *restart, graceful),
          "make restart-interval longer");
}

void values(Report& report, const Group& group) {
  for (const auto& [name, text] : group.options) {
    const bool locale = name == "lang" || name == "locale";
    if (locale && text.find("UTF-8") == std::string::npos && text.find("utf8") == std::string::npos)
      report.add("WCTL2416", *group.at.node, name + "=",
                 fmt::format("{} is no UTF-8 locale", quote(text)), "write C.UTF-8");
    for (const char* count : {"processes", "threads"})
      if (name == count && number(text).value_or(1) <= 0)
        report.add("WCTL2418", *group.at.node, name + "=",
                   fmt::format("{}={} serves nothing", name, text), "write 1 or more");
  }
}

void workers(Report& report) {
  const auto setting = [&](const char* directive) -> std::pair<const Node*, std::int64_t> {
    const auto uses = report.facts.uses(directive);
    if (uses.empty() || uses.back()->node->words.empty()) return {nullptr, 0};
    return {uses.back()->node, number(uses.back()->node->words[0]).value_or(0)};
  };
  const auto [node, supply] = setting("MaxRequestWorkers");
  if (node == nullptr || supply <= 0) return;
  std::int64_t demand = 0;
  for (const Group& group : report.facts.groups)
    demand += number(option(group.options, "processes")).value_or(1) *
              number(option(group.options, "threads")).value_or(15);
  if (demand > supply)
    report.add("WCTL2418", *node, "",
               fmt::format("MaxRequestWorkers {} admits fewer requests than the {} threads of all "
                           "daemon groups",
                           supply, demand),
               "raise it, or lower processes or threads");
  const auto [limit_node, servers] = setting("ServerLimit");
  const auto [threads_node, threads] = setting("ThreadsPerChild");
  if (limit_node != nullptr && threads_node != nullptr && servers * threads < supply)
    report.add("WCTL2418", *node, "",
               fmt::format("MaxRequestWorkers {} is above ServerLimit {} x ThreadsPerChild {}",
                           supply, servers, threads),
               "raise ServerLimit, or lower MaxRequestWorkers", limit_node);
}

}  // namespace

void rules_options(Report& report) {
  misplaced(report);
  for (const Group& group : report.facts.groups) {
    times(report, group);
    values(report, group);
  }
  workers(report);
}

}  // namespace wsgictl::apache_check
