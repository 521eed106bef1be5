// SPDX-License-Identifier: Apache-2.0
// The frameworks and how they are told apart; see project.h. The first that fits is taken: a
// project's own .wsgi file, Django, Pyramid, Flask, any other WSGI callable.
#include "project/project.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>

#include <filesystem>

#include "project/environment.h"
#include "project/folder.h"

namespace wsgictl::project {
namespace {

std::string base_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

class Recogniser {
 public:
  Recogniser(const std::string& folder, const std::string& name) : name_(name) {
    p_.folder = folder;
    p_.import_path = folder;
  }

  Project look() {
    const bool found = django() || pyramid() || flask() || plain();
    own_script();
    if (found || !p_.script.empty()) {
      find_environment(p_);
    } else {
      p_.advice.push_back("no WSGI application was found: set script, or module and callable");
      p_.script = p_.folder + "/" + name_ + ".wsgi";
    }
    owner();
    return std::move(p_);
  }

 private:
  void guess(std::string what, std::string why) {
    p_.guesses.push_back({std::move(what), std::move(why)});
  }

  // A file made for the server goes before everything else, whatever the framework is.
  void own_script() {
    const auto scripts = files_in(p_.folder, ".wsgi");
    if (scripts.empty()) return;
    const std::string before = p_.module + p_.new_script + p_.script;
    p_.script = p_.folder + "/" + scripts.front();
    p_.module.clear();
    p_.callable.clear();
    p_.new_script.clear();
    if (p_.framework == Framework::unknown) p_.framework = Framework::wsgi;
    const bool old = !before.empty();
    guess("script: " + p_.script, fmt::format("{} is there{}{}", scripts.front(),
                                              old ? ", and goes before what was guessed above" : "",
                                              scripts.size() > 1 ? "; the first of several" : ""));
  }

  bool django() {
    std::vector<std::string> places{p_.folder};
    for (const std::string& sub : folders_in(p_.folder)) places.push_back(p_.folder + "/" + sub);
    for (const std::string& place : places) {
      const std::string settings =
          quoted_after(text_of(place + "/manage.py"), "DJANGO_SETTINGS_MODULE");
      if (settings.empty()) continue;
      p_.framework = Framework::django;
      p_.import_path = place;
      p_.settings = settings;
      guess("env.DJANGO_SETTINGS_MODULE: " + settings, place + "/manage.py sets it");
      django_script(place);
      django_static(place);
      return true;
    }
    return false;
  }

  void django_script(const std::string& place) {
    const std::string package = p_.settings.substr(0, p_.settings.find('.'));
    const std::string expected = place + "/" + package + "/wsgi.py";
    if (is_file(expected)) {
      p_.script = expected;
      guess("script: " + expected, "the file that startproject makes");
      return;
    }
    p_.script = place + "/" + name_ + ".wsgi";
    p_.new_script =
        "from django.core.wsgi import get_wsgi_application\n\n"
        "application = get_wsgi_application()\n";
    guess("script: " + p_.script, "there is no " + package + "/wsgi.py, so one is written");
  }

  void django_static(const std::string& place) {
    std::string file = p_.settings;
    for (char& c : file)
      if (c == '.') c = '/';
    std::string text = text_of(place + "/" + file + ".py");
    if (text.empty()) text = text_of(place + "/" + file + "/__init__.py");
    const std::string root = setting(text, "STATIC_ROOT");
    std::string folder = quoted_after(root, "");
    if (root.find("BASE_DIR") != std::string::npos && !folder.empty() && folder[0] != '/')
      folder = place + "/" + folder;
    if (folder.empty() || folder[0] != '/') {
      p_.advice.push_back(
          "set STATIC_ROOT, run manage.py collectstatic, then add a route for that folder");
      return;
    }
    std::string url = quoted_after(setting(text, "STATIC_URL"), "");
    while (url.ends_with('/')) url.pop_back();
    if (!url.starts_with('/')) url = url.empty() ? "/static" : "/" + url;
    static_files(url, folder, "STATIC_URL and STATIC_ROOT of " + p_.settings);
    p_.advice.push_back("run manage.py collectstatic, so that " + folder + " is filled");
  }

  void static_files(const std::string& url, const std::string& folder, const std::string& why) {
    p_.static_url = url;
    p_.static_folder = folder;
    guess("route " + url + ": " + folder, why);
  }

  bool pyramid() {
    for (const char* name : {"production.ini", "development.ini"}) {
      const std::string path = p_.folder + "/" + name;
      const std::string text = text_of(path);
      if (text.find("[app:main]") == std::string::npos) continue;
      p_.framework = Framework::pyramid;
      p_.script = p_.folder + "/" + name_ + ".wsgi";
      p_.new_script = fmt::format(
          "from pathlib import Path\n\nfrom pyramid.paster import get_app, setup_logging\n\n"
          "CONFIG = str(Path(__file__).with_name(\"{}\"))\nsetup_logging(CONFIG)\n"
          "application = get_app(CONFIG, \"main\")\n",
          name);
      guess("script: " + p_.script,
            fmt::format("{} has [app:main]; a script that loads it is written", name));
      return true;
    }
    return false;
  }

  // Python files that may hold an application: the folder's own, packages, and below src/.
  std::vector<std::string> modules(const std::string& base) const {
    std::vector<std::string> names;
    for (const char* usual : {"wsgi", "app", "application", "main", "run"})
      if (is_file(fmt::format("{}/{}.py", base, usual))) names.emplace_back(usual);
    for (const std::string& file : files_in(base, ".py")) {
      const std::string name = file.substr(0, file.size() - 3);
      if (name != "setup" && name != "conftest" && name != "manage") names.push_back(name);
    }
    for (const std::string& package : folders_in(base))
      if (is_file(base + "/" + package + "/__init__.py")) {
        names.push_back(package);
        for (const char* inner : {"wsgi", "app", "main"})
          if (is_file(fmt::format("{}/{}/{}.py", base, package, inner)))
            names.push_back(package + "." + inner);
      }
    return names;
  }

  static std::string file_of(const std::string& base, std::string module) {
    for (char& c : module)
      if (c == '.') c = '/';
    const std::string file = base + "/" + module + ".py";
    return is_file(file) ? file : base + "/" + module + "/__init__.py";
  }

  std::vector<std::string> bases() const {
    std::vector<std::string> out{p_.folder};
    if (is_folder(p_.folder + "/src")) out.push_back(p_.folder + "/src");
    return out;
  }

  void take_module(const std::string& base, const std::string& module, const std::string& callable,
                   const std::string& why) {
    p_.import_path = base;
    p_.module = module;
    p_.callable = callable;
    guess(fmt::format("module: {}, callable: {}", module, callable), why);
  }

  bool flask() {
    std::string factory_base, factory_module, factory_name;
    for (const std::string& base : bases()) {
      for (const std::string& module : modules(base)) {
        const std::string file = file_of(base, module);
        const std::string text = text_of(file);
        if (text.find("Flask(") == std::string::npos) continue;
        const std::string app = assigned(text, "Flask");
        if (!app.empty()) {
          p_.framework = Framework::flask;
          take_module(base, module, app, fmt::format("{} has {} = Flask(...)", file, app));
          flask_static(file);
          return true;
        }
        for (const char* name : {"create_app", "make_app"})
          if (factory_name.empty() && defines(text, name)) {
            factory_base = base;
            factory_module = module;
            factory_name = name;
          }
      }
    }
    if (factory_name.empty()) return false;
    p_.framework = Framework::flask;
    factory(factory_base, factory_module, factory_name);
    return true;
  }

  void factory(const std::string& base, const std::string& module, const std::string& function) {
    for (const std::string& caller : modules(base)) {
      const std::string file = file_of(base, caller);
      const std::string app = assigned(text_of(file), function);
      if (app.empty()) continue;
      take_module(base, caller, app, fmt::format("{} calls {}()", file, function));
      flask_static(file_of(base, module));
      return;
    }
    p_.import_path = base;
    p_.script = p_.folder + "/" + name_ + ".wsgi";
    p_.new_script =
        fmt::format("from {} import {}\n\napplication = {}()\n", module, function, function);
    guess("script: " + p_.script, fmt::format("{} has the factory {}; a script that calls it is "
                                              "written",
                                              file_of(base, module), function));
    flask_static(file_of(base, module));
  }

  void flask_static(const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string() + "/static";
    if (is_folder(folder)) static_files("/static", folder, "Flask's folder for static files");
  }

  bool plain() {
    for (const std::string& base : bases())
      for (const std::string& module : modules(base)) {
        const std::string file = file_of(base, module);
        const std::string text = text_of(file);
        for (const char* callable : {"application", "app"}) {
          if (!defines(text, callable)) continue;
          p_.framework = Framework::wsgi;
          take_module(base, module, callable,
                      fmt::format("{} defines {}", base_name(file), callable));
          if (is_folder(p_.folder + "/static"))
            static_files("/static", p_.folder + "/static", "the folder is there");
          return true;
        }
      }
    return false;
  }

  void owner() {
    struct stat info {};
    if (::stat(p_.folder.c_str(), &info) != 0 || info.st_uid == 0) return;
    const passwd* account = ::getpwuid(info.st_uid);
    if (account == nullptr) return;
    p_.owner = account->pw_name;
    guess("daemon.user: " + p_.owner, "owner of the folder");
  }

  std::string name_;
  Project p_;
};

}  // namespace

std::string_view name(Framework framework) {
  switch (framework) {
    case Framework::django:
      return "Django";
    case Framework::flask:
      return "Flask";
    case Framework::pyramid:
      return "Pyramid";
    case Framework::wsgi:
      return "WSGI";
    default:
      return "unknown";
  }
}

Project recognise(const std::string& folder, const std::string& name) {
  return Recogniser(folder, name).look();
}

std::string app_name(const std::string& folder) {
  std::string out;
  for (const char c : base_name(folder)) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool good = (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9');
    if (good) {
      out += small;
    } else if (!out.empty() && !out.ends_with('-')) {
      out += '-';
    }
  }
  out = out.substr(0, 63);
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "app" : out;
}

}  // namespace wsgictl::project
