// SPDX-License-Identifier: Apache-2.0
#include "config/runtimes.h"

#include <algorithm>

#include "config/values.h"

namespace wsgi::config {
namespace {

constexpr std::string_view kDaemon = "wsgi-daemon-py";
constexpr std::string_view kEmbedded = "wsgi-embedded-py";
constexpr std::string_view kLibrary = "python";

std::string_view trimmed(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The X.Y[t] that `text` begins with, "" if it does not.
std::string_view leading_version(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  std::size_t dot = text.find_first_not_of(kDigits);
  if (dot == 0 || dot == std::string_view::npos || text[dot] != '.') return {};
  std::size_t end = std::min(text.find_first_not_of(kDigits, dot + 1), text.size());
  if (end == dot + 1) return {};
  if (end < text.size() && text[end] == 't') ++end;
  return text.substr(0, end);
}

bool is_version(std::string_view text) {
  return !text.empty() && leading_version(text).size() == text.size();
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

struct Wanted {
  std::string version, origin;
};

Wanted from_home(const RuntimeRequest& request) {
  const HomeFacts& facts = request.home_facts;
  std::string home = quote(request.home);
  if (auto version = version_of_config(facts.config)) return {*version, "pyvenv.cfg of " + home};
  std::vector<std::string_view> versions;
  for (std::string_view name : facts.libraries) {
    std::string_view version = name.starts_with(kLibrary) ? name.substr(kLibrary.size()) : "";
    if (is_version(version)) versions.push_back(version);
  }
  // pyvenv.cfg may lack a version; a home with several Pythons says nothing.
  if (versions.size() != 1) return {};
  return {std::string(versions[0]), "lib/python" + std::string(versions[0]) + " of " + home};
}

Wanted wanted_of(const RuntimeRequest& request) {
  if (!request.python.empty()) {
    return {std::string(request.python), "python=" + std::string(request.python)};
  }
  if (Wanted home = from_home(request); !home.version.empty()) return home;
  if (!request.server_wide.empty()) {
    return {std::string(request.server_wide), "WSGIPythonRuntime"};
  }
  return {std::string(request.first_built), "the version this module was built with"};
}

std::string listing(std::span<const Runtime> installed, bool embedded) {
  std::string names;
  for (const auto& runtime : installed) {
    if (!(embedded ? runtime.embedded : runtime.daemon).empty()) names += " " + runtime.version;
  }
  return names.empty() ? " none" : names;
}

}  // namespace

std::optional<std::string> version_of_config(std::string_view text) {
  std::optional<std::string> found;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view key = trimmed(line.substr(0, equals));
    if (!same_word(key, "version") && !same_word(key, "version_info")) continue;
    // "3.11.2", "3.11.2.final.0", "3.13.0t" does not occur: the t is only in the library's name.
    std::string_view version = leading_version(trimmed(line.substr(equals + 1)));
    if (!version.empty() && !found) found = std::string(version);
  }
  return found;
}

Result<RuntimeChoice> choose_runtime(const RuntimeRequest& request,
                                     std::span<const Runtime> installed, bool embedded) {
  Wanted wanted = wanted_of(request);
  if (wanted.version.starts_with('/') && !embedded) {
    std::string_view name = file_name(wanted.version);
    std::string_view version = name.starts_with(kDaemon) ? name.substr(kDaemon.size()) : "";
    if (!is_version(version)) version = {};
    return RuntimeChoice{{std::string(version), wanted.version, ""}, wanted.origin};
  }
  for (const auto& runtime : installed) {
    bool usable = !(embedded ? runtime.embedded : runtime.daemon).empty();
    if (usable && runtime.version == wanted.version) return RuntimeChoice{runtime, wanted.origin};
  }
  std::string whom = request.group.empty() ? std::string("embedded mode")
                                           : "process group " + quote(request.group);
  return Fail{ErrorId::cfg_runtime_missing,
              whom + ": no runtime for Python " + wanted.version + " (from " + wanted.origin +
                  "); installed:" + listing(installed, embedded) +
                  "; build it with: wsgictl runtime build --python PATH"};
}

void add_runtimes(std::vector<Runtime>& known, std::string_view folder,
                  std::span<const std::string> names) {
  for (std::string_view name : names) {
    constexpr std::string_view kSuffix = ".so";
    bool library = name.starts_with(kEmbedded) && name.ends_with(kSuffix);
    if (!library && !name.starts_with(kDaemon)) continue;
    std::string_view version = name.substr(library ? kEmbedded.size() : kDaemon.size());
    if (library) version.remove_suffix(kSuffix.size());
    if (!is_version(version)) continue;
    auto runtime = std::find_if(known.begin(), known.end(),
                                [&](const Runtime& r) { return r.version == version; });
    if (runtime == known.end()) {
      runtime = known.insert(known.end(), Runtime{std::string(version), "", ""});
    }
    std::string& path = library ? runtime->embedded : runtime->daemon;
    if (path.empty()) path = std::string(folder) + "/" + std::string(name);
  }
}

std::vector<std::string> runtime_folders(std::span<const std::string> runtime_path,
                                         std::string_view prefix, unsigned abi) {
  std::vector<std::string> folders(runtime_path.begin(), runtime_path.end());
  for (std::string_view root : {prefix, std::string_view("/usr/local"), std::string_view("/usr")}) {
    if (root.empty()) continue;
    std::string folder = std::string(root) + "/lib/wsgictl/abi-" + std::to_string(abi);
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      folders.push_back(std::move(folder));
    }
  }
  return folders;
}

}  // namespace wsgi::config
