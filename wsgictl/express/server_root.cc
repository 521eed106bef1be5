// SPDX-License-Identifier: Apache-2.0
// Configuration and files of a private Apache; see server_root.h.
#include "express/server_root.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "conf/printer.h"
#include "conf/render.h"
#include "diag/codes.h"

namespace wsgictl::express {
namespace {

using conf::value;
using conf::word;

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

conf::Argument path(const std::string& text) { return value(text, {}); }

void load_modules(conf::Block& out, const PrivateServer& server) {
  const auto load = [&](const std::string& name, const std::string& file) {
    if (contains(server.built_in, name)) return;
    out.directive("LoadModule", {word(name + "_module"), path(file)});
  };
  const bool has_mpm = std::any_of(
      server.built_in.begin(), server.built_in.end(),
      [](const std::string& n) { return n == "event" || n == "worker" || n == "prefork"; });
  const std::string& folder = server.layout.module_dir;
  if (!has_mpm) load("mpm_event", folder + "/mod_mpm_event.so");
  for (const std::string& name : server.modules) load(name, folder + "/mod_" + name + ".so");
  out.directive("LoadModule", {word("wsgi_module"), path(server.wsgi_module)});
}

void deny_by_default(conf::Block& out) {
  conf::Block inner({});
  inner.directive("AllowOverride", {word("None")});
  inner.directive("Require", {word("all"), word("denied")});
  out.section("Directory", {word("/")}, std::move(inner));
}

const char* kCombined = "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"";

sys::Status write_file(const conf::RenderedFile& file) {
  sys::Files& files = sys::real_files();
  WSGI_TRY(files.make_folder(file.path.substr(0, file.path.rfind('/')), 0755));
  return file.link ? files.write_link(file.path, file.content)
                   : files.write(file.path, file.content, file.mode);
}

// Every site has log files of its own; here they all lead to what the terminal shows.
sys::Status link_logs(const model::Definition& one, const std::string& folder) {
  for (const model::Site& site : one.sites)
    for (const char* suffix : {"-error.log", "-access.log"})
      WSGI_TRY(
          sys::real_files().write_link(folder + "/" + site.name.value + suffix, "/dev/stderr"));
  return wsgi::ok();
}

}  // namespace

host::Layout private_layout(const host::Layout& layout, const std::string& root) {
  host::Layout own = layout;
  own.server_root = root;
  own.sites_dir = root + "/sites";
  own.sites_enabled = "";
  own.log_dir = root + "/log";
  own.run_dir = root + "/run";
  own.state_dir = root + "/state";
  return own;
}

conf::Block main_configuration(const PrivateServer& server) {
  conf::Block out({});
  out.comment("Made by wsgictl serve for one run. A later run overwrites it.");
  out.directive("ServerRoot", {path(server.root)});
  out.directive("ServerName", {word("localhost")});
  out.directive("DefaultRuntimeDir", {path(server.root + "/run")});
  out.directive("PidFile", {path(server.root + "/run/httpd.pid")});
  load_modules(out, server);
  // Anonymous locks: files would have to be readable for two accounts.
  out.directive("Mutex", {word("pthread"), word("default")});
  if (!server.user.empty()) {
    out.directive("User", {path(server.user)});
    out.directive("Group", {path(server.group)});
  }
  const bool has_types = ::access("/etc/mime.types", R_OK) == 0;
  out.directive("TypesConfig", {word(has_types ? "/etc/mime.types" : "/dev/null")});
  out.directive("LogFormat", {path(kCombined), word("combined")});
  out.directive("ErrorLog", {word("/dev/stderr")});
  out.directive("StartServers", {word("1")});
  out.directive("MinSpareThreads", {word("25")});
  deny_by_default(out);
  // For any other port the rendered files say Listen.
  if (server.port == 80 || server.port == 443)
    out.directive("Listen", {word(server.host + ":" + std::to_string(server.port))});
  out.directive("Include", {path(server.root + "/sites/*.conf")});
  return out;
}

sys::Result<ServerRoot> ServerRoot::make(const std::string& named, bool readable_by_others) {
  const int mode = readable_by_others ? 0755 : 0700;
  if (!named.empty()) {
    WSGI_TRY(sys::real_files().make_folder(named, mode));
    return ServerRoot(named, false);
  }
  const char* base = std::getenv("TMPDIR");
  std::string path = (base != nullptr && base[0] == '/' ? base : "/tmp");
  path += "/wsgictl-serve-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return sys::failure("cannot make the folder", path, errno);
  ServerRoot made(path, true);
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0)
    return sys::failure("cannot set the mode of", path, errno);
  return made;
}

ServerRoot::ServerRoot(ServerRoot&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, false)) {}

ServerRoot::~ServerRoot() {
  if (temporary_) (void)sys::remove_tree(sys::real_files(), path_);
}

bool ServerRoot::fill(const model::Definition& one, const PrivateServer& server,
                      diag::Diagnostics& diagnostics) {
  const host::Layout layout = private_layout(server.layout, path_);
  const auto rendered = conf::render(one, layout, diagnostics);
  const auto main = conf::print(main_configuration(server).nodes(), diagnostics);
  if (!rendered || !main) return false;
  const auto write = [&]() -> sys::Status {
    sys::Files& files = sys::real_files();
    // What an earlier run with the same --server-root left must not be read again.
    WSGI_TRY(sys::remove_tree(files, layout.sites_dir));
    WSGI_TRY(sys::remove_tree(files, layout.log_dir));
    for (const std::string& folder : {layout.sites_dir, layout.log_dir, layout.run_dir})
      WSGI_TRY(files.make_folder(folder, 0755));
    for (const conf::RenderedFile& file : *rendered) WSGI_TRY(write_file(file));
    WSGI_TRY(link_logs(one, layout.log_dir));
    return files.write(path_ + "/httpd.conf", main->text, 0644);
  };
  const sys::Status written = write();
  if (!written) diagnostics.add(diag::make("WCTL4005", {}, written.error().text));
  return static_cast<bool>(written);
}

}  // namespace wsgictl::express
