// SPDX-License-Identifier: Apache-2.0
// One command of the command line, as its file command_NAME.cc describes it. The files that do so
// need no header of CLI11: each file that has one builds its validators anew, ten seconds of the
// compiler. A handle of one pointer; the CLI::App behind it belongs to run(), and what options
// write to must live as long.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace wsgictl::cli {

// What an option or argument takes beyond its type. A range holds where high is above low.
struct Takes {
  const char* type = nullptr;       // its name in the help: PATH, DIR, NAME, a|b|c
  std::vector<std::string> one_of;  // these words only
  int low = 0, high = 0;            // numbers from low to high
  bool required = false;
  bool bare = false;                  // the value may be left out
  std::vector<std::string> not_with;  // names, added before, that exclude this one
};

class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  // NAME: "--name", "-n,--name", or "name" for an argument without dashes. HELP: one line.
  void option(const char* name, std::string& into, const char* help, const Takes& takes = {});
  void option(const char* name, int& into, const char* help, const Takes& takes = {});
  void option(const char* name, std::vector<std::string>& into, const char* help,
              const Takes& takes = {});
  void flag(const char* name, bool& into, const char* help,
            const std::vector<std::string>& not_with = {});
  // What the command does once the line has been read.
  void callback(std::function<void()> run);

 private:
  CLI::App* app_;
};

}  // namespace wsgictl::cli
