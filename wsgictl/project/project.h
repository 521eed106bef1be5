// SPDX-License-Identifier: Apache-2.0
// What a project folder is: which framework, where its WSGI callable is, which Python environment
// it has, what Apache can serve by itself. Files are read, nothing is imported or run. Each guess
// comes with its reason, so that the author can judge it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsgictl::project {

enum class Framework { unknown, django, flask, pyramid, wsgi };

std::string_view name(Framework framework);

// Something guessed, and why: "script: /srv/shop/wsgi.py", "manage.py names shop.settings".
struct Guess {
  std::string what;
  std::string why;
};

struct Project {
  Framework framework = Framework::unknown;
  std::string folder;  // absolute
  std::string script;  // absolute; or else module
  std::string module;
  std::string callable;     // "" = application
  std::string new_script;   // text of a script that the project lacks; SCRIPT is then its place
  std::string import_path;  // folder for sys.path
  std::string settings;     // DJANGO_SETTINGS_MODULE
  std::string environment;  // a virtual environment
  std::string python;       // its version: "3.11"
  std::string static_url, static_folder;
  std::string owner;                // account that owns the folder, "" for root or unknown
  std::vector<Guess> guesses;       // in the order of the definition
  std::vector<std::string> advice;  // what the author should do or look at
};

// Looks at FOLDER (absolute). NAME is the application's, for files that are proposed.
Project recognise(const std::string& folder, const std::string& name);

// A name for an application from the folder's: "My Shop" becomes "my-shop".
std::string app_name(const std::string& folder);

}  // namespace wsgictl::project
