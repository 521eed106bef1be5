// SPDX-License-Identifier: Apache-2.0
// wsgictl restart APP: new processes for one application, one after another, without a reload of
// Apache and without a lost request. Changes no file, takes no lock, needs no definition.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/planning.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "json/json.h"
#include "observe/rolling.h"

namespace wsgictl::cli {
namespace {

struct RestartOptions {
  std::string instance, app;
  int timeout = 120;  // seconds
};

int refuse(Context& context, const char* code, std::string text, int exit_code,
           std::string hint = "") {
  context.diagnostics.add(diag::make(code, {}, std::move(text), std::move(hint)));
  return report(context, "restart", exit_code);
}

int unknown(Context& context, const std::string& app, const observe::OpenPages& open) {
  if (!open.permitted)
    return refuse(context, "WCTL4203", "the processes of Apache may not be looked into",
                  kNotPermitted);
  std::vector<std::string> names;
  for (const auto& page : open.pages) names.push_back(page.name);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto near = diag::nearest(app, names);
  return refuse(
      context, "WCTL4202",
      fmt::format("the running Apache has no process group {}", diag::quote(app)), kNo,
      near ? fmt::format("did you mean {}?", diag::quote(*near))
      : names.empty()
          ? "it has none at all"
          : fmt::format("it has {}", diag::escape(fmt::format("{}", fmt::join(names, ", ")))));
}

int stopped_at(Context& context, const RestartOptions& options, const observe::Roll& roll) {
  const std::string app = diag::quote(options.app);
  switch (roll.end) {
    case observe::RollEnd::not_permitted:
      return refuse(context, "WCTL4203",
                    fmt::format("the processes of {} may not be signalled", app), kNotPermitted);
    case observe::RollEnd::failed:
      return refuse(context, "WCTL4204",
                    fmt::format("slot {} of {}: the replacement did not start", roll.slot, app),
                    kNo);
    case observe::RollEnd::late:
      return refuse(context, "WCTL4204",
                    fmt::format("slot {} of {}: the replacement is not ready after {} s", roll.slot,
                                app, options.timeout),
                    kNo);
    default:
      return refuse(context, "WCTL4204",
                    fmt::format("no process of {} is ready, so none can be replaced", app), kNo);
  }
}

Json to_json(const RestartOptions& options, const observe::Roll& roll) {
  Json processes = Json::array();
  for (const auto& one : roll.replaced)
    processes.push_back({{"slot", one.slot}, {"before", one.before}, {"after", one.after}});
  return {{"app", options.app},
          {"reloaded", roll.end == observe::RollEnd::reloaded},
          {"processes", processes},
          {"skipped", roll.skipped}};
}

std::string to_text(const RestartOptions& options, const observe::Roll& roll) {
  std::string out;
  for (const auto& one : roll.replaced)
    out += fmt::format("{} slot {}: process {} replaced by {}\n", options.app, one.slot, one.before,
                       one.after);
  for (const std::size_t slot : roll.skipped)
    out += fmt::format("{} slot {}: being started anyway\n", options.app, slot);
  if (roll.end == observe::RollEnd::reloaded)
    out += "Apache was reloaded meanwhile; all its processes are new\n";
  return out;
}

void run(Context& context, const RestartOptions& options) {
  const auto target = resolve_target(context, options.instance);
  if (!target) {
    report(context, "restart", planning_failure(context));
    return;
  }
  host::ApacheServer server(target->instance, sys::real_clock());
  const pid_t parent = server.parent();
  if (parent == 0) {
    refuse(context, "WCTL4201", "Apache is not running, or not known to", kNo);
    return;
  }
  const observe::OpenPages open = observe::open_pages(parent);
  const auto page = std::find_if(open.pages.begin(), open.pages.end(),
                                 [&](const auto& one) { return one.name == options.app; });
  if (page == open.pages.end()) {
    unknown(context, options.app, open);
    return;
  }
  const observe::Roll roll =
      observe::roll(*page, std::chrono::seconds(options.timeout), sys::real_clock());
  say(context, to_text(options, roll));
  if (roll.end != observe::RollEnd::done && roll.end != observe::RollEnd::reloaded) {
    stopped_at(context, options, roll);
    return;
  }
  report(context, "restart", kDone, to_json(options, roll));
}

}  // namespace

void register_restart(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "restart",
                  "Replace the processes of one application one after another, without a reload.",
                  "wsgictl restart shop");
  auto options = std::make_shared<RestartOptions>();
  command.option("app", options->app, "Name of the application, or application:service",
                 {.type = "APP", .required = true});
  command.option("--timeout", options->timeout,
                 "Seconds that a replacement may take to start (120)", {.low = 1, .high = 3600});
  add_instance_option(command, options->instance);
  command.callback([&context, options] { run(context, *options); });
}

}  // namespace wsgictl::cli
