// SPDX-License-Identifier: Apache-2.0
// Which Python runtime serves a process group: a pure choice over facts, and thin functions that
// read the facts from the file system. A runtime is one Python minor version: a daemon executable
// and, where libpython is shared, a library for embedded mode. Main thread; file system only.
// Source: ARCHITECTURE.md, section 7.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wsgi::config {

struct Runtime {
  std::string version;   // "3.11", "3.13t"
  std::string daemon;    // path of wsgi-daemon-pyX.Y; "" none
  std::string embedded;  // path of wsgi-embedded-pyX.Y.so; "" none
  bool operator==(const Runtime&) const = default;
};

// What a python-home says of its Python.
struct HomeFacts {
  std::string config;                  // contents of pyvenv.cfg; "" none
  std::vector<std::string> libraries;  // names like "python3.11" in lib/
};

struct RuntimeRequest {
  std::string_view group;        // "" for embedded mode
  std::string_view python;       // python=
  std::string_view home;         // python-home= or WSGIPythonHome; for messages
  HomeFacts home_facts;          // of home
  std::string_view server_wide;  // WSGIPythonRuntime
  std::string_view first_built;  // the first version the build made
};

struct RuntimeChoice {
  Runtime runtime;     // version is "" if python= is a path whose name does not say it
  std::string origin;  // "python=3.11", "pyvenv.cfg of '/srv/venv'", …
};

// The first that applies: python=, the home's version, WSGIPythonRuntime, the first built. Fails
// with cfg_runtime_missing: never another version by silence. `embedded`: needs the library.
Result<RuntimeChoice> choose_runtime(const RuntimeRequest& request,
                                     std::span<const Runtime> installed, bool embedded = false);

// "3.11" from the text of pyvenv.cfg (keys version, version_info).
std::optional<std::string> version_of_config(std::string_view text);
// Sorts names of files of one folder into runtimes; earlier ones of `known` win.
void add_runtimes(std::vector<Runtime>& known, std::string_view folder,
                  std::span<const std::string> names);

// Thin: what the file system says. Missing folders are empty ones.
HomeFacts read_home(const std::string& home);
std::vector<Runtime> list_runtimes(std::span<const std::string> folders);
// WSGIRuntimePath, then the folder beside the module (lib/wsgictl/abi-N below `prefix`, ""
// unknown), then the same below /usr/local and /usr.
std::vector<std::string> runtime_folders(std::span<const std::string> runtime_path,
                                         std::string_view prefix, unsigned abi);
// Belongs the file, and the folder it is in, to root or `owner`, and may no other write to them?
// Fails with cfg_runtime_unsafe, or cfg_runtime_missing if it is no executable file.
Status check_runtime_file(const std::string& path, std::uint32_t owner);

}  // namespace wsgi::config
