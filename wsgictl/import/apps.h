// SPDX-License-Identifier: Apache-2.0
// Applications of an import: scripts with the daemon group that runs each. A definition has one
// group for each application, so that a script in two groups, or two in one, become two. Pure.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>

#include "import/values.h"
#include "import/work.h"

namespace wsgictl::importing {

using apache_check::Group;
using apache_check::Mount;

struct App {
  std::string name;
  std::string script;  // as mounted
  std::string callable;
  const Group* group = nullptr;  // null: Apache's own processes
  const Mount* first = nullptr;
};

class Apps {
 public:
  explicit Apps(Work& work) : work_(work) {}

  // The application behind MOUNT, made if it is new; null if a definition has no such thing, which
  // has been said then.
  const App* of(const Mount& mount);
  // All of them, in the order of their groups; what is left of the groups is said.
  Json json();
  bool has_secrets() const { return has_secrets_; }
  bool empty() const { return apps_.empty(); }

 private:
  Json one(const App& app);
  Json workers(const App& app);
  bool add_script(Json& out, const App& app);
  void add_environment(Json& out, const App& app, const std::string& files);
  std::string new_name(const std::string& wanted);
  void say_differences(const App& app);

  Work& work_;
  std::deque<App> apps_;
  std::set<std::string> names_;
  std::set<const Group*> used_;
  bool has_secrets_ = false;
};

}  // namespace wsgictl::importing
