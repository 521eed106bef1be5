// SPDX-License-Identifier: Apache-2.0
// Rules about what is in the places of a host that a definition names: environments and their
// Python, folders closed to the processes, SELinux labels, and what Apache admits. See rules.h.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "check/environment.h"
#include "check/rules.h"
#include "diag/codes.h"
#include "diag/text.h"

namespace wsgictl::check {
namespace {

using model::App;
using model::Text;

class Places {
 public:
  Places(const World& world, diag::Diagnostics& diagnostics)
      : world_(world), diagnostics_(diagnostics) {}

  void app(const App& app) {
    if (app.python.home.given) environment(app);
    for (const Text* path : {&app.script, &app.python.home, &app.daemon.home})
      place(*path, app.daemon.user.value, app.daemon.group.value);
    for (const Text& path : app.python.path)
      place(path, app.daemon.user.value, app.daemon.group.value);
    for (const model::Worker& worker : app.workers)
      place(worker.script, app.daemon.user.value, app.daemon.group.value);
  }

  void site(const model::Site& site) {
    for (const model::Route& route : site.routes) {
      place(route.directory, "", "");
      place(route.file, "", "");
    }
  }

  void capacity(const model::Definition& definition) {
    const auto admitted = world_.admitted();
    const auto requests = [](const App& app) {
      return app.daemon.processes.value * app.daemon.threads.value;
    };
    std::int64_t demand = 0;
    const App* largest = nullptr;
    for (const App& app : definition.apps) {
      demand += requests(app);
      if (largest == nullptr || requests(app) > requests(*largest)) largest = &app;
    }
    if (!admitted || largest == nullptr || demand <= *admitted) return;
    const model::Daemon& d = largest->daemon;
    add("WCTL2011",
        d.threads.given     ? d.threads.mark
        : d.processes.given ? d.processes.mark
                            : largest->name.mark,
        fmt::format("the applications serve {} requests at once, Apache admits {}", demand,
                    *admitted),
        fmt::format("raise MaxRequestWorkers to {} or more, or use fewer threads", demand));
  }

 private:
  void add(const char* code, const diag::Mark& mark, std::string message, std::string hint) {
    diagnostics_.add(diag::make(code, mark, std::move(message), std::move(hint)));
  }

  void environment(const App& app) {
    const Text& home = app.python.home;
    const auto config = world_.text(home.value + "/pyvenv.cfg");
    if (!config) return;
    const Environment made = environment_from(*config);
    const std::string gone = missing_base(
        made, [&](const std::string& path) { return world_.entry(path) != Entry::none; });
    const std::string name = diag::quote(home.value);
    if (!gone.empty()) {
      add("WCTL2008", home.mark,
          fmt::format("environment {} was made from {}, which is not there", name,
                      diag::quote(gone)),
          "make the environment anew");
      return;
    }
    if (made.version.empty()) return;
    std::string wanted = app.python.version.value;
    if (wanted.ends_with('t')) wanted.pop_back();  // free-threaded: the same modules' folder
    const std::vector<std::string> installed = world_.runtimes();
    if (!wanted.empty() && wanted != made.version) {
      add("WCTL2007", home.mark,
          fmt::format("environment {} was made by Python {}, but {} is to run", name, made.version,
                      app.python.version.value),
          "make the environment anew with that version, or remove python.version");
    } else if (wanted.empty() && !installed.empty() &&
               std::find(installed.begin(), installed.end(), made.version) == installed.end()) {
      add("WCTL2007", home.mark,
          fmt::format("environment {} was made by Python {}, which has no runtime here; {}", name,
                      made.version, "installed: " + diag::join_or(installed)),
          "make the environment anew with an installed version, or install that runtime");
    }
  }

  void place(const Text& path, const std::string& user, const std::string& group) {
    if (!path.given) return;
    if (const std::string closed = world_.closed_to(user, group, path.value); !closed.empty())
      add("WCTL2009", path.mark,
          fmt::format("{} is closed to {}", diag::quote(closed),
                      user.empty() ? "Apache's account" : "user " + diag::quote(user)),
          "open it with chmod or chgrp, or move the files");
    const std::string label = world_.label(path.value);
    if (label.empty() || readable(label)) return;
    const bool folder = world_.entry(path.value) == Entry::directory;
    const std::string whole = folder ? path.value : path.value.substr(0, path.value.rfind('/'));
    add("WCTL2010", path.mark,
        fmt::format("SELinux type {} of {} is not readable for Apache", label,
                    diag::quote(path.value)),
        fmt::format("semanage fcontext -a -t httpd_sys_content_t '{}(/.*)?'; restorecon -R {}",
                    whole, whole));
  }

  // Types that httpd_t may read (policy of 2024-10).
  static bool readable(const std::string& type) {
    constexpr const char* kReadable[] = {"usr_t",
                                         "lib_t",
                                         "bin_t",
                                         "etc_t",
                                         "cert_t",
                                         "textrel_shlib_t",
                                         "fonts_t",
                                         "public_content_t",
                                         "public_content_rw_t"};
    return type.starts_with("httpd_") ||
           std::find(std::begin(kReadable), std::end(kReadable), type) != std::end(kReadable);
  }

  const World& world_;
  diag::Diagnostics& diagnostics_;
};

}  // namespace

void check_places(const model::Definition& definition, const World& world,
                  diag::Diagnostics& diagnostics) {
  Places places(world, diagnostics);
  for (const App& app : definition.apps) places.app(app);
  for (const model::Site& site : definition.sites) places.site(site);
  places.capacity(definition);
}

}  // namespace wsgictl::check
