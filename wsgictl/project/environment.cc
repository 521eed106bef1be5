// SPDX-License-Identifier: Apache-2.0
// Environments by their pyvenv.cfg; see environment.h. Source: PEP 405.
#include "project/environment.h"

#include <filesystem>

#include "project/folder.h"

namespace wsgictl::project {
namespace {

std::vector<std::string> candidates(const std::string& folder) {
  std::vector<std::string> out;
  for (const char* usual : {".venv", "venv", "env", "virtualenv"})
    out.push_back(folder + "/" + usual);
  for (const std::string& sub : folders_in(folder)) out.push_back(folder + "/" + sub);
  const std::string parent = std::filesystem::path(folder).parent_path().string();
  for (const char* beside : {".venv", "venv", "env"}) out.push_back(parent + "/" + beside);
  return out;
}

}  // namespace

void find_environment(Project& project) {
  for (const std::string& place : candidates(project.folder)) {
    const std::string config = text_of(place + "/pyvenv.cfg");
    if (config.empty()) continue;
    project.environment = place;
    std::string version = setting(config, "version");
    if (version.empty()) version = setting(config, "version_info");
    const std::size_t dot = version.find('.');
    const std::size_t second = dot == std::string::npos ? dot : version.find('.', dot + 1);
    project.python = version.substr(0, second);
    project.guesses.push_back(
        {"python.home: " + place,
         "it has a pyvenv.cfg" + (project.python.empty() ? "" : ", of Python " + project.python)});
    const std::string base = setting(config, "home");
    if (!base.empty() && !is_folder(base))
      project.advice.push_back("the environment's own Python, " + base +
                               ", is not on this machine: make the environment again");
    return;
  }
  for (const char* list : {"requirements.txt", "pyproject.toml", "Pipfile", "setup.py"})
    if (is_file(project.folder + "/" + list)) {
      project.advice.push_back(std::string(list) +
                               " is there, but no environment: run python3 -m "
                               "venv " +
                               project.folder + "/venv, install, and set python.home");
      return;
    }
}

}  // namespace wsgictl::project
