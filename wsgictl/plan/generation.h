// SPDX-License-Identifier: Apache-2.0
// What was applied: a generation is the list of all files that wsgictl owns on a host with their
// hashes, and what else a later run must know (addresses to ask, daemon groups). Plain data and
// its JSON form, which is kept on disk: keys are only ever added.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json/json.h"
#include "plan/targets.h"

namespace wsgictl::plan {

struct OwnedFile {
  std::string path;  // absolute, not below --root
  std::string hash;  // SHA-256 of the content; of a link: of its target
  int mode = 0644;
  bool link = false;
  bool sensitive = false;  // its content is never printed
  std::string origin;      // "shop.yaml:12", the place it mostly comes from
};

struct Generation {
  int number = 0;  // counts from 1; 0 = nothing was ever applied
  std::string time, user, command;
  std::vector<std::string> definition;  // files it was made from
  std::vector<std::string> groups;      // daemon process groups
  std::vector<HealthTarget> targets;
  std::vector<OwnedFile> files;

  const OwnedFile* find(const std::string& path) const;
};

Json to_json(const Generation& generation);

// Nothing if the text is no such document.
std::optional<Generation> parse_generation(const std::string& text);

}  // namespace wsgictl::plan
