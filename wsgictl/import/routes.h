// SPDX-License-Identifier: Apache-2.0
// What answers in a virtual host, as routes: mounts, aliases, redirects, proxies. Pure but for
// HostFiles.
#pragma once

#include <string>
#include <vector>

#include "import/apps.h"
#include "import/hosts.h"

namespace wsgictl::importing {

struct Route {
  std::string url;
  std::string folder;  // of a directory; the file's of a file; the script's of an application
  std::string file;    // name of the file or script, "" of a directory
  enum class Kind { app, directory, file, redirect, proxy } kind = Kind::app;
  Json json = Json::object();
  const Node* node = nullptr;  // what made it
  bool whole = true;           // NODE answers all below URL, but for what Apache asks earlier
};

class Routes {
 public:
  Routes(Work& work, Apps& apps, const Host& host) : work_(work), apps_(apps), host_(host) {}

  // Takes every directive of the host that makes a route. AUTHORIZATION: see site_json().
  void collect();
  std::vector<Route>& list() { return routes_; }
  Route* at(const std::string& url);
  // Another route that answers below URL.
  bool has_deeper(const std::string& url) const;
  // Every application gets the Authorization header, or none does.
  bool passes_authorization() const { return pass_ > 0; }

 private:
  void mounts();
  void mount(const Mount& mount);
  void take_group_directives();
  void nothing_else();
  void alias(const Node& node);
  void alias_match(const Node& node);
  void redirect_match(const Node& node);
  void pass(const Node& node, const std::string& url, std::size_t first);
  void proxies();
  bool preserves_host(const std::string& url) const;
  void document_root(const Node& node);
  bool add(const Node& node, Route route);
  bool is_hidden(const Node& node, const Route& route);
  bool is_excluded(const Route& proxy, const std::string& url) const;
  void say_edge(const Node& node, const Route& route);
  void say_told(const std::vector<const Node*>& nodes);
  void file_match(const Node& node);
  bool is_folder(const std::string& path) const;
  bool is_file(const std::string& url, const std::string& path) const;

  Work& work_;
  Apps& apps_;
  const Host& host_;
  std::vector<Route> routes_;
  std::vector<const Mount*> mounts_;
  int pass_ = 0;
};

}  // namespace wsgictl::importing
