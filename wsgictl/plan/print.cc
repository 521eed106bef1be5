// SPDX-License-Identifier: Apache-2.0
// Text and JSON of a plan; see print.h.
#include "plan/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/json.h"
#include "plan/diff.h"
#include "sys/sha256.h"

namespace wsgictl::plan {
namespace {

const char* word(Action action) {
  switch (action) {
    case Action::create:
      return "create";
    case Action::change:
      return "change";
    case Action::remove:
      return "remove";
    default:
      return "none";
  }
}

const char* word(ServerAction action) {
  switch (action) {
    case ServerAction::reload:
      return "reload";
    case ServerAction::stays_stopped:
      return "stays_stopped";
    default:
      return "none";
  }
}

void append_change(std::string& out, const FileChange& file) {
  const bool mode_only = file.action == Action::change && file.before == file.after;
  if (mode_only) {
    out += fmt::format("change mode {:04o} to {:04o} {}\n", file.old_mode, file.mode, file.path);
  } else if (file.sensitive) {
    out += fmt::format("{} {} (sensitive)\n", word(file.action), file.path);
  } else if (file.link && file.action == Action::remove) {
    out += fmt::format("remove link {}\n", file.path);
  } else if (file.link) {
    out += fmt::format("{} link {} -> {}\n", word(file.action), file.path, *file.after);
  } else {
    out += unified_diff(file.path, file.before ? &*file.before : nullptr,
                        file.after ? &*file.after : nullptr);
  }
}

// Each line of a file behind the place it comes from, in a column as wide as the widest place.
void append_explained(std::string& out, const FileChange& file) {
  if (!file.after || file.link) return;
  out += file.path + "\n";
  if (file.sensitive) {
    out += "  (sensitive)\n";
    return;
  }
  std::size_t width = 0;
  for (const diag::Mark& mark : file.origins) width = std::max(width, place(mark).size());
  std::string_view text = *file.after;
  for (std::size_t line = 0; !text.empty(); ++line) {
    const std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), content.size() + 1));
    const std::string from = line < file.origins.size() ? place(file.origins[line]) : "";
    out += fmt::format("  {:<{}} | {}\n", from, width, content);
  }
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

Json side(const std::optional<std::string>& content, int mode) {
  if (!content) return nullptr;
  return {{"sha256", sys::sha256(*content)}, {"mode", fmt::format("{:04o}", mode)}};
}

Json to_json(const FileChange& file) {
  Json json = {{"path", file.path},
               {"action", word(file.action)},
               {"link", file.link},
               {"sensitive", file.sensitive},
               {"before", side(file.before, file.old_mode)},
               {"after", side(file.after, file.mode)}};
  if (file.link) json["target"] = file.after ? Json(*file.after) : nullptr;
  if (!file.link && !file.sensitive)
    json["diff"] = unified_diff(file.path, file.before ? &*file.before : nullptr,
                                file.after ? &*file.after : nullptr);
  return json;
}

}  // namespace

std::string summary(const Plan& plan) {
  if (!plan.has_changes()) return "Plan: no changes";
  const char* server = plan.server == ServerAction::reload ? "reload needed"
                       : plan.server == ServerAction::stays_stopped
                           ? "Apache is stopped and stays so"
                           : "no reload needed";
  return fmt::format("Plan: {} to add, {} to change, {} to remove; {}", plan.count(Action::create),
                     plan.count(Action::change), plan.count(Action::remove), server);
}

std::string to_text(const Plan& plan, bool explain) {
  std::string out;
  for (const FileChange& file : plan.files) {
    if (explain) {
      append_explained(out, file);
    } else if (file.action != Action::none) {
      append_change(out, file);
    }
  }
  if (!plan.modules_enabled.empty())
    out += fmt::format("enable modules: {}\n", joined(plan.modules_enabled));
  if (plan.server == ServerAction::reload && !plan.generation.groups.empty())
    out +=
        fmt::format("daemon groups replaced by the reload: {}\n", joined(plan.generation.groups));
  if (plan.server != ServerAction::none && !plan.server_reason.empty())
    out += plan.server_reason + "\n";
  return out + summary(plan) + "\n";
}

Json to_json(const Plan& plan) {
  Json changes = Json::array();
  for (const FileChange& file : plan.files)
    if (file.action != Action::none) changes.push_back(to_json(file));
  const bool reload = plan.server == ServerAction::reload;
  return {{"changed", plan.has_changes()},
          {"changes", changes},
          {"modules", plan.modules_enabled},
          {"server", {{"action", word(plan.server)}, {"reason", plan.server_reason}}},
          {"daemon_groups_replaced", reload ? plan.generation.groups : std::vector<std::string>()},
          {"totals",
           {{"add", plan.count(Action::create)},
            {"change", plan.count(Action::change)},
            {"remove", plan.count(Action::remove)}}}};
}

}  // namespace wsgictl::plan
