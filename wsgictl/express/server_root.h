// SPDX-License-Identifier: Apache-2.0
// The server root of a private Apache: its httpd.conf, rendered files, run and log folders. The
// configuration is a function of plain facts; the folder belongs to who runs wsgictl and is removed
// with the object, unless it was named by the user.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conf/ast.h"
#include "diag/diagnostic.h"
#include "host/layout.h"
#include "model/app.h"
#include "sys/files.h"

namespace wsgictl::express {

// What httpd.conf is made of.
struct PrivateServer {
  std::string root;  // the server root
  std::string host;  // address it listens on
  int port = 0;
  std::string user, group;            // of Apache's children; "" when not started by root
  std::string wsgi_module;            // path of mod_wsgi.so
  std::vector<std::string> modules;   // needed, by short name, without mpm and wsgi
  std::vector<std::string> built_in;  // compiled into this httpd
  host::Layout layout;                // of the system
};

conf::Block main_configuration(const PrivateServer& server);

// LAYOUT with every folder that is written to below ROOT.
host::Layout private_layout(const host::Layout& layout, const std::string& root);

class ServerRoot {
 public:
  // NAMED: made where it does not exist, and kept. "": a new one below TMPDIR, removed at the end.
  static sys::Result<ServerRoot> make(const std::string& named, bool readable_by_others);
  ServerRoot(ServerRoot&& other) noexcept;
  ServerRoot& operator=(ServerRoot&&) = delete;
  ~ServerRoot();

  const std::string& path() const { return path_; }

  // Writes the configuration and all files of ONE. Errors are in DIAGNOSTICS.
  bool fill(const model::Definition& one, const PrivateServer& server,
            diag::Diagnostics& diagnostics);

 private:
  ServerRoot(std::string path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
  std::string path_;
  bool temporary_;
};

}  // namespace wsgictl::express
