// SPDX-License-Identifier: Apache-2.0
// Puts the files of a definition together; see render.h.
#include "conf/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "conf/printer.h"
#include "conf/render_internal.h"
#include "diag/codes.h"
#include "diag/text.h"
#include "sys/sha256.h"

namespace wsgictl::conf {
namespace {

constexpr int kSecret = 0600;
constexpr std::size_t kNamedSources = 5;

// "a.yaml, b.yaml". The line stands in each file: it must not grow with the number of sources.
std::string names_of(const std::vector<std::string>& sources) {
  const bool all = sources.size() <= kNamedSources;
  std::string text;
  for (std::size_t i = 0; i < (all ? sources.size() : 1); ++i)
    text += (i == 0 ? "" : ", ") + short_name(sources[i]);
  return all ? text : fmt::format("{} and {} more files", text, sources.size() - 1);
}

class Renderer {
 public:
  Renderer(const model::Definition& definition, const host::Layout& layout,
           diag::Diagnostics& diagnostics)
      : definition_(definition),
        layout_(layout),
        diagnostics_(diagnostics),
        sources_(names_of(definition.files)) {}

  std::vector<RenderedFile> files() {
    configuration("00-wsgictl.conf", global_block(definition_, layout_));
    Apps apps;
    for (const model::App& app : definition_.apps) apps.emplace(app.name.value, &app);
    for (const model::Site& site : definition_.sites)
      configuration(fmt::format("wsgictl-{}.conf", site.name.value),
                    site_block(apps, site, layout_));
    for (const model::App& app : definition_.apps) {
      if (app.module.given) script(app);
      if (!app.env.empty()) environment(app);
      if (app.is_instance()) instance(app);
    }
    return std::move(files_);
  }

 private:
  // The hash is over what follows its line, so that an edit by hand can be seen.
  void add(const std::string& path, int mode, const std::string& body,
           std::vector<diag::Mark> origins, const diag::Mark& origin) {
    RenderedFile file;
    file.path = path;
    file.mode = mode;
    file.content = fmt::format(
        "# Made by wsgictl {} from {} (definition).\n"
        "# Do not edit: change the definition and run \"wsgictl apply\".\n"
        "# sha256 of what follows: {}\n",
        WSGICTL_VERSION, sources_, sys::sha256(body));
    file.content += body;
    file.origins.assign(3, origin);
    file.origins.insert(file.origins.end(), origins.begin(), origins.end());
    files_.push_back(std::move(file));
  }

  void configuration(const std::string& name, const Block& block) {
    auto printed = print(block.nodes(), diagnostics_);
    if (!printed) return;
    const std::string path = layout_.sites_dir + "/" + name;
    const diag::Mark origin = block.nodes().front().origin;
    add(path, 0644, printed->text, std::move(printed->origins), origin);
    if (layout_.sites_enabled.empty()) return;
    RenderedFile link;
    link.path = layout_.sites_enabled + "/" + name;
    link.link = true;
    link.mode = 0777;
    link.content = std::filesystem::path(path).lexically_relative(layout_.sites_enabled).string();
    link.origins.push_back(origin);
    files_.push_back(std::move(link));
  }

  void instance(const model::App& app) {
    // Credentials are of systemd 247, RHEL 8 has 239: secrets would be left out without a word.
    if (layout_.target == "rhel-8" && (!app.env.empty() || app.env_file.given)) {
      diagnostics_.add(diag::make(
          "WCTL1430", app.run.mark,
          fmt::format("systemd of {} cannot hand env or env_file to an instance", layout_.target),
          "remove them, or let the system's Apache host the application"));
      return;
    }
    auto printed = print(instance_block(definition_, app, layout_).nodes(), diagnostics_);
    if (!printed) return;
    add(instance_path(app, layout_), 0644, printed->text, std::move(printed->origins),
        app.run.mark);
    const std::string unit = unit_text(app, layout_);
    const auto lines = static_cast<std::size_t>(std::count(unit.begin(), unit.end(), '\n'));
    add(layout_.unit_dir + "/" + unit_name(app), 0644, unit,
        std::vector<diag::Mark>(lines, app.run.mark), app.run.mark);
    RenderedFile link;
    link.path = layout_.unit_dir + "/multi-user.target.wants/" + unit_name(app);
    link.link = true;
    link.mode = 0777;
    link.content = "../" + unit_name(app);
    link.origins.push_back(app.run.mark);
    files_.push_back(std::move(link));
  }

  // Names are checked by the decoder: dotted and plain Python names, nothing to escape.
  void script(const model::App& app) {
    const std::string& callable = app.callable.value;
    const std::string as = callable == "application" ? "" : " as application";
    add(script_path(layout_, app), 0644,
        fmt::format("from {} import {}{}\n", app.module.value, callable, as), {app.module.mark},
        app.module.mark);
  }

  // The module's reader (supervisor/env_file.h) takes off blanks and then one pair of quotes; what
  // has such at an end gets quotes of its own. Nothing inside means anything to it.
  static std::string written(const std::string& value) {
    constexpr std::string_view kTaken = " \t\"'";
    const auto taken = [&](char c) { return kTaken.find(c) != std::string_view::npos; };
    const bool ends = !value.empty() && (taken(value.front()) || taken(value.back()));
    return ends ? '"' + value + '"' : value;
  }

  // NAME=VALUE to the end of the line.
  void environment(const model::App& app) {
    std::string body;
    std::vector<diag::Mark> origins;
    for (const model::Variable& variable : app.env) {
      if (variable.value.value.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
        diagnostics_.add(diag::make("WCTL1601", variable.value.mark,
                                    "the value of the variable holds a line feed",
                                    "write the value on one line"));
        continue;
      }
      body += variable.name.value + "=" + written(variable.value.value) + "\n";
      origins.push_back(variable.name.mark);
    }
    add(environment_path(layout_, app), kSecret, body, std::move(origins), app.mark);
  }

  const model::Definition& definition_;
  const host::Layout& layout_;
  diag::Diagnostics& diagnostics_;
  std::string sources_;
  std::vector<RenderedFile> files_;
};

}  // namespace

std::string place(const diag::Mark& mark) {
  return fmt::format("{}:{}", short_name(mark.file), mark.start.line);
}

std::string short_name(std::string_view file) {
  return diag::escape(file.substr(file.rfind('/') + 1));
}

std::string script_path(const host::Layout& layout, const model::App& app) {
  return fmt::format("{}/apps/{}/app.wsgi", layout.state_dir, app.name.value);
}

std::string environment_path(const host::Layout& layout, const model::App& app) {
  return fmt::format("{}/apps/{}/environment", layout.state_dir, app.name.value);
}

std::optional<std::vector<RenderedFile>> render(const model::Definition& definition,
                                                const host::Layout& layout,
                                                diag::Diagnostics& diagnostics) {
  const auto errors = [&] {
    return std::count_if(
        diagnostics.items().begin(), diagnostics.items().end(),
        [](const diag::Diagnostic& d) { return d.severity == diag::Severity::error; });
  };
  const auto before = errors();
  std::vector<RenderedFile> files = Renderer(definition, layout, diagnostics).files();
  if (errors() != before) return std::nullopt;
  return files;
}

namespace {

void add_access_modules(std::set<std::string>& names, const model::Access& access) {
  if (!access.networks.empty()) names.insert("authz_host");
  if (!access.users_file.given && !access.password_script.given) return;
  names.insert({"authn_core", "authz_user", "auth_" + access.type.value});
  if (access.users_file.given) names.insert("authn_file");
  if (access.groups_file.given) names.insert("authz_groupfile");
}

}  // namespace

std::vector<std::string> required_modules(const model::Definition& definition) {
  std::set<std::string> names{"alias", "authz_core", "wsgi"};
  for (const model::App& app : definition.apps)
    if (app.is_instance()) names.insert({"headers", "proxy", "proxy_http"});
  for (const model::Site& site : definition.sites) {
    if (site.has_tls) names.insert("ssl");
    if (site.has_tls && site.tls.hsts.value) names.insert("headers");
    if (site.has_tls && site.tls.has_acme) names.insert("md");
    if (!site.headers.empty() || !site.remove_headers.empty() || !site.request_headers.empty())
      names.insert("headers");
    for (const model::Text& way : site.compression)
      names.insert({"filter", way.value == "gzip" ? "deflate" : "brotli"});
    for (const model::Route& route : site.routes) {
      if (route.has_access) add_access_modules(names, route.access);
      if (route.cache.given) names.insert("headers");
      if (route.kind == model::RouteKind::directory) names.insert("dir");
      if (route.kind == model::RouteKind::proxy) {
        names.insert({"headers", "proxy", "proxy_http"});
        if (route.proxy.value.starts_with("https://")) names.insert("ssl");
      }
    }
  }
  return {names.begin(), names.end()};
}

bool is_sensitive(const RenderedFile& file) { return !file.link && (file.mode & 0077) == 0; }

std::string printable_content(const RenderedFile& file) {
  if (!is_sensitive(file)) return file.content;
  std::string out;
  for (std::size_t start = 0; start < file.content.size();) {
    const std::size_t end = std::min(file.content.find('\n', start), file.content.size());
    const std::string line = file.content.substr(start, end - start);
    const std::size_t equals = line.find('=');
    const bool variable = !line.starts_with('#') && equals != std::string::npos;
    // The hash of a short secret can be guessed from; it is not shown either.
    const bool hash = line.starts_with("# sha256");
    out += variable ? line.substr(0, equals + 1) + "(sensitive)"
           : hash   ? std::string("# sha256 of what follows: (sensitive)")
                    : line;
    out += '\n';
    start = end + 1;
  }
  return out;
}

}  // namespace wsgictl::conf
