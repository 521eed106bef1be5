// SPDX-License-Identifier: Apache-2.0
// Debian's mods-available and their "# Depends:" lines; see modules.h.
#include "host/modules.h"

#include <algorithm>
#include <sstream>

#include "diag/codes.h"

namespace wsgictl::host {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// "# Depends: setenvif mime" of a .load file, by a2enmod's rules.
std::vector<std::string> dependencies(const std::string& load_file) {
  std::vector<std::string> names;
  std::istringstream lines(load_file);
  for (std::string line; std::getline(lines, line);) {
    static constexpr std::string_view kWord = "# Depends:";
    if (!line.starts_with(kWord)) continue;
    std::istringstream words(line.substr(kWord.size()));
    for (std::string word; words >> word;) names.push_back(word);
  }
  return names;
}

class Enabler {
 public:
  Enabler(const std::vector<std::string>& loaded, const Layout& layout, const std::string& root,
          sys::Files& files, diag::Diagnostics& diagnostics)
      : loaded_(loaded), layout_(layout), root_(root), files_(files), diagnostics_(diagnostics) {}

  void add(const std::string& name) {
    if (contains(loaded_, name) || contains(result_.names, name) || contains(visiting_, name))
      return;
    const std::string available = layout_.server_root + "/mods-available/" + name;
    const auto load = files_.read(sys::below(root_, available + ".load"));
    if (!load) {
      diagnostics_.add(
          diag::make("WCTL3002", {}, "Apache's module " + name + " is not installed",
                     "install the package that brings mods-available/" + name + ".load"));
      return;
    }
    if (disabled_by_admin(name)) {
      diagnostics_.add(diag::make("WCTL3003", {},
                                  "Apache's module " + name + " was disabled by the administrator",
                                  "enable it with: a2enmod " + name));
      return;
    }
    visiting_.push_back(name);
    for (const std::string& needed : dependencies(*load)) add(needed);
    result_.names.push_back(name);
    for (const char* suffix : {".load", ".conf"}) add_link(name + suffix);
  }

  ModulesToEnable take() { return std::move(result_); }

 private:
  bool disabled_by_admin(const std::string& name) {
    const auto info =
        files_.look(sys::below(root_, "/var/lib/apache2/module/disabled_by_admin/" + name));
    return info && info->has_value();
  }

  void add_link(const std::string& file) {
    const auto there =
        files_.look(sys::below(root_, layout_.server_root + "/mods-available/" + file));
    if (!there || !there->has_value()) return;
    const std::string path = layout_.server_root + "/mods-enabled/" + file;
    const auto link = files_.look(sys::below(root_, path));
    if (link && link->has_value()) return;
    result_.links.push_back({path, "../mods-available/" + file});
  }

  const std::vector<std::string>& loaded_;
  const Layout& layout_;
  const std::string& root_;
  sys::Files& files_;
  diag::Diagnostics& diagnostics_;
  std::vector<std::string> visiting_;
  ModulesToEnable result_;
};

}  // namespace

ModulesToEnable modules_to_enable(const std::vector<std::string>& needed,
                                  const std::vector<std::string>& loaded, const Layout& layout,
                                  const std::string& root, bool private_server, sys::Files& files,
                                  diag::Diagnostics& diagnostics) {
  const bool by_links = layout.target.starts_with("debian") && !private_server;
  Enabler enabler(loaded, layout, root, files, diagnostics);
  for (const std::string& name : needed) {
    if (by_links) {
      enabler.add(name);
    } else if (!contains(loaded, name)) {
      diagnostics.add(diag::make("WCTL3002", {}, "Apache's module " + name + " is not loaded",
                                 "load it in the server's configuration: LoadModule " + name +
                                     "_module …/mod_" + name + ".so"));
    }
  }
  return enabler.take();
}

}  // namespace wsgictl::host
