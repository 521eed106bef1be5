// SPDX-License-Identifier: Apache-2.0
// JSON form of a generation; see generation.h.
#include "plan/generation.h"

#include "json/json.h"

namespace wsgictl::plan {
namespace {

Json to_json(const HealthTarget& target) {
  return {{"app", target.app},       {"host", target.host},        {"address", target.address},
          {"port", target.port},     {"tls", target.tls},          {"path", target.path},
          {"status", target.status}, {"deadline", target.deadline}};
}

// The file may have been damaged or edited by hand, so every member is looked at before it is used.
template <typename T>
void take(const Json& json, const char* key, T& into) {
  const auto it = json.find(key);
  if (it == json.end()) return;
  if constexpr (std::is_same_v<T, std::string>) {
    if (it->is_string()) into = it->template get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (it->is_boolean()) into = it->template get<bool>();
  } else if constexpr (std::is_same_v<T, int>) {
    if (it->is_number_integer()) into = it->template get<int>();
  } else {
    if (!it->is_array()) return;
    for (const Json& item : *it) {
      if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        if (item.is_string()) into.push_back(item.get<std::string>());
      } else {
        if (item.is_number_integer()) into.push_back(item.get<int>());
      }
    }
  }
}

HealthTarget parse_target(const Json& json) {
  HealthTarget target;
  take(json, "app", target.app);
  take(json, "host", target.host);
  take(json, "address", target.address);
  take(json, "port", target.port);
  take(json, "tls", target.tls);
  take(json, "path", target.path);
  take(json, "status", target.status);
  take(json, "deadline", target.deadline);
  return target;
}

OwnedFile parse_file(const Json& json) {
  OwnedFile file;
  take(json, "path", file.path);
  take(json, "sha256", file.hash);
  take(json, "mode", file.mode);
  take(json, "link", file.link);
  take(json, "sensitive", file.sensitive);
  take(json, "origin", file.origin);
  return file;
}

template <typename F>
void each_object(const Json& json, const char* key, F&& f) {
  const auto it = json.find(key);
  if (it == json.end() || !it->is_array()) return;
  for (const Json& item : *it)
    if (item.is_object()) f(item);
}

}  // namespace

const OwnedFile* Generation::find(const std::string& path) const {
  for (const OwnedFile& file : files)
    if (file.path == path) return &file;
  return nullptr;
}

Json to_json(const Generation& generation) {
  Json files = Json::array();
  for (const OwnedFile& file : generation.files)
    files.push_back({{"path", file.path},
                     {"sha256", file.hash},
                     {"mode", file.mode},
                     {"link", file.link},
                     {"sensitive", file.sensitive},
                     {"origin", file.origin}});
  Json targets = Json::array();
  for (const HealthTarget& target : generation.targets) targets.push_back(to_json(target));
  return {{"format_version", "1.0"},
          {"generation", generation.number},
          {"time", generation.time},
          {"user", generation.user},
          {"command", generation.command},
          {"definition", generation.definition},
          {"groups", generation.groups},
          {"targets", targets},
          {"files", files}};
}

std::optional<Generation> parse_generation(const std::string& text) {
  const Json json = parse_json(text);
  if (!json.is_object() || !json.contains("generation")) return std::nullopt;
  Generation generation;
  take(json, "generation", generation.number);
  take(json, "time", generation.time);
  take(json, "user", generation.user);
  take(json, "command", generation.command);
  take(json, "definition", generation.definition);
  take(json, "groups", generation.groups);
  each_object(json, "targets",
              [&](const Json& item) { generation.targets.push_back(parse_target(item)); });
  each_object(json, "files",
              [&](const Json& item) { generation.files.push_back(parse_file(item)); });
  return generation;
}

}  // namespace wsgictl::plan
