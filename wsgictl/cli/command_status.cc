// SPDX-License-Identifier: Apache-2.0
// wsgictl status: what was applied, whether the files are still so, whether Apache runs and how its
// daemon process groups do. Changes nothing, takes no lock. Exit code 1 if something is not well.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/planning.h"
#include "diag/codes.h"
#include "json/json.h"
#include "observe/pages.h"

namespace wsgictl::cli {
namespace {

struct Status {
  plan::Generation generation;
  std::vector<plan::Drift> drift;
  bool unfinished = false;  // a killed run has left its journal
  bool known = false;       // whether Apache runs could be found out
  pid_t parent = 0;
  observe::Pages pages;

  bool well() const {
    const bool broken =
        std::any_of(pages.groups.begin(), pages.groups.end(),
                    [](const observe::GroupStatus& g) { return g.broken && !g.superseded; });
    return parent != 0 && drift.empty() && !unfinished && !broken;
  }
};

std::string applied_text(const plan::Generation& generation) {
  if (generation.number == 0) return "nothing was applied\n";
  return fmt::format("generation {}, {} by {} ({}), from {}\n", generation.number, generation.time,
                     generation.user, generation.command, fmt::join(generation.definition, ", "));
}

std::string to_text(const Status& status) {
  std::string out = applied_text(status.generation);
  if (status.unfinished) out += "an interrupted run is unfinished; the next apply undoes it\n";
  if (status.generation.number > 0)
    out += fmt::format(
        "{} files, {}\n", status.generation.files.size(),
        status.drift.empty() ? "as they were written" : "not all as they were written:");
  for (const plan::Drift& drift : status.drift)
    out += fmt::format("  {}: {}\n", drift.path, drift.what);
  out += status.parent != 0 ? fmt::format("Apache runs, process {}\n", status.parent)
         : status.known     ? "Apache is stopped\n"
                            : "whether Apache runs is not known\n";
  for (const observe::GroupStatus& group : status.pages.groups) out += observe::to_text(group);
  out += observe::memory_text(status.pages.groups);
  if (!status.pages.permitted)
    out += "some processes of Apache may not be looked into; run as root\n";
  return out;
}

Json to_json(const Status& status) {
  Json drift = Json::array();
  for (const plan::Drift& d : status.drift) drift.push_back({{"path", d.path}, {"what", d.what}});
  Json groups = Json::array();
  for (const observe::GroupStatus& group : status.pages.groups)
    groups.push_back(observe::to_json(group));
  return {
      {"applied", status.generation.number == 0 ? Json(nullptr) : plan::to_json(status.generation)},
      {"unfinished", status.unfinished},
      {"drift", drift},
      {"apache",
       {{"known", status.known}, {"running", status.parent != 0}, {"pid", status.parent}}},
      {"groups", groups},
      {"groups_complete", status.pages.permitted}};
}

void run(Context& context, const std::string& instance) {
  const auto target = resolve_target(context, instance);
  if (!target) {
    report(context, "status", planning_failure(context));
    return;
  }
  plan::Store store = open_store(context, *target);
  auto generation = store.current();
  if (!generation) {
    context.diagnostics.add(diag::make("WCTL4005", {}, generation.error().text));
    report(context, "status", generation.error().sys == EACCES ? kNotPermitted : kNo);
    return;
  }
  Status status;
  status.generation = std::move(*generation);
  status.drift = plan::drift(status.generation, context.options.root, sys::real_files());
  const auto journal = sys::real_files().look(store.path("journal.json"));
  status.unfinished = journal && journal->has_value();
  host::ApacheServer server(target->instance, sys::real_clock());
  const auto facts = server.facts();
  status.known = static_cast<bool>(facts);
  if (!facts) context.diagnostics.add(diag::make("WCTL3005", {}, facts.error().text));
  status.parent = server.parent();
  if (status.parent != 0) status.pages = observe::read_pages(status.parent);
  say(context, to_text(status));
  report(context, "status", status.well() ? kDone : kNo, to_json(status));
}

}  // namespace

void register_status(CLI::App& app, Context& context) {
  Command command =
      add_command(app, context, "status",
                  "What was applied, whether files, Apache and groups are well.", "wsgictl status");
  auto instance = std::make_shared<std::string>();
  add_instance_option(command, *instance);
  command.callback([&context, instance] { run(context, *instance); });
}

}  // namespace wsgictl::cli
