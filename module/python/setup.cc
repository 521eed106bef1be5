// SPDX-License-Identifier: Apache-2.0
#include "python/setup.h"

#include <algorithm>

namespace wsgi::python {
namespace {

using config::InterpreterOptions;

// Sections that select this interpreter, least specific first, file order within one rank.
std::vector<const InterpreterOptions*> matching(const config::PythonSettings& settings,
                                                std::string_view process_group,
                                                std::string_view application_group) {
  auto rank = [](const InterpreterOptions* o) {
    return int(o->process_group.has_value()) + int(o->application_group.has_value());
  };
  std::vector<const InterpreterOptions*> found = {&settings.base};
  for (const auto& section : settings.containers) {
    if (section.process_group.value_or(std::string(process_group)) != process_group) continue;
    if (section.application_group.value_or(std::string(application_group)) != application_group) {
      continue;
    }
    found.push_back(&section);
  }
  std::stable_sort(found.begin() + 1, found.end(),
                   [&](auto* a, auto* b) { return rank(a) < rank(b); });
  return found;
}

}  // namespace

ResolvedOptions resolve_options(const config::PythonSettings& settings,
                                std::string_view process_group,
                                std::string_view application_group) {
  ResolvedOptions result;
  bool main = application_group.empty();
  bool interval_of_interpreter = false;
  for (const auto* o : matching(settings, process_group, application_group)) {
    if (o->per_interpreter_gil) result.own_gil = *o->per_interpreter_gil;
    if (o->restrict_stdin) result.restrict_stdin = *o->restrict_stdin;
    if (o->restrict_stdout) result.restrict_stdout = *o->restrict_stdout;
    if (o->restrict_signal) result.restrict_signal = *o->restrict_signal;
    if (o->switch_interval) {
      result.switch_interval = *o->switch_interval;
      interval_of_interpreter = o->application_group.has_value();
    }
    if (o->python_path) result.paths.push_back(*o->python_path);
  }
  result.own_gil = result.own_gil && !main && py::kOwnGilPossible && !py::kFreeThreadedBuild;
  // With a shared lock the interval is the process's: only the main interpreter sets it.
  if (!main && !result.own_gil) {
    result.switch_interval_skipped = interval_of_interpreter;
    result.switch_interval = 0;
  }
  return result;
}

bool resolve_free_threading(const config::PythonSettings& settings,
                            std::string_view process_group) {
  bool on = false;
  for (const auto* o : matching(settings, process_group, "")) {
    if (o->free_threading && !o->application_group) on = *o->free_threading;
  }
  return on;
}

}  // namespace wsgi::python
