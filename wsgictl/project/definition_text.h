// SPDX-License-Identifier: Apache-2.0
// A project as the text of a definition, with comments for the author. Pure.
#pragma once

#include <string>

#include "project/project.h"

namespace wsgictl::project {

struct Names {
  std::string app;
  std::string server;  // "" = a placeholder, APP.example.com
  std::string user;    // "" = the owner of the folder
  std::string at;      // where the project will be on the server; "" = where it is
};

std::string definition_text(const Project& project, const Names& names);

// TEXT as a YAML scalar: as it is where that is safe, else in double quotes.
std::string scalar(const std::string& text);

}  // namespace wsgictl::project
