// SPDX-License-Identifier: Apache-2.0
#include "config/scopes.h"

namespace wsgi::config {

DirSettings merge(const DirSettings& outer, const DirSettings& inner, Memory memory) {
  DirSettings merged = inner;
  DirSettings::fields(merged, outer, [](auto& a, auto& b) { merge_setting(a, b); });
  if (inner.handler_scripts.empty()) {
    merged.handler_scripts = outer.handler_scripts;
  } else if (!outer.handler_scripts.empty()) {
    merged.handler_scripts = joined(inner.handler_scripts, outer.handler_scripts, memory);
  }
  return merged;
}

PythonSettings python_of_daemon(const GlobalSettings& global, const DaemonOptions& options) {
  PythonSettings python = global.python;
  if (!options.python_home.empty()) python.home = options.python_home;
  python.path = options.python_path;
  python.eggs = options.python_eggs;
  python.base.switch_interval.reset();
  if (options.switch_interval > 0) python.base.switch_interval = options.switch_interval;
  return python;
}

}  // namespace wsgi::config
