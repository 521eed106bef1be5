// SPDX-License-Identifier: Apache-2.0
// The text of a new definition; see definition_text.h.
#include "project/definition_text.h"

#include <fmt/format.h>

#include "json/json.h"

namespace wsgictl::project {
namespace {

class Writer {
 public:
  Writer(const Project& project, const Names& names) : p_(project), names_(names) {}

  std::string text() {
    out_ =
        "# yaml-language-server: $schema=/usr/share/wsgictl/schemas/wsgictl-1.schema.json\n"
        "# Every key: wsgictl explain apps. Check: wsgictl validate FILE. See: wsgictl plan -f "
        "FILE.\n"
        "version: 1\napps:\n";
    line(1, scalar(names_.app) + ":");
    application();
    daemon();
    out_ +=
        "    # Asked after each apply, which is undone if the answer is bad.\n"
        "    health: {path: /, deadline: 30s}\n";
    site();
    return out_;
  }

 private:
  void line(int level, const std::string& text) {
    out_ += std::string(static_cast<std::size_t>(level) * 2, ' ') + text + "\n";
  }

  std::string path(const std::string& text) const {
    if (!names_.at.empty() && (text == p_.folder || text.starts_with(p_.folder + "/")))
      return scalar(names_.at + text.substr(p_.folder.size()));
    return scalar(text);
  }

  void application() {
    if (p_.module.empty()) {
      line(2, "script: " + path(p_.script));
    } else {
      line(2, "module: " + scalar(p_.module));
      line(2, "callable: " + scalar(p_.callable));
    }
    line(2, "python:");
    if (p_.environment.empty()) {
      line(3, "# The system's Python. With an environment of its own:");
      line(3, "# home: " + path(p_.folder + "/venv"));
    } else {
      line(3, "home: " + path(p_.environment));
    }
    line(3, "path: [" + path(p_.import_path) + "]");
    if (!p_.settings.empty()) {
      line(2, "env:");
      line(3, "DJANGO_SETTINGS_MODULE: " + scalar(p_.settings));
    }
    line(2, "# Secrets belong in a file with mode 0600 that is never printed:");
    line(2, fmt::format("# env_file: /etc/{}/secrets.env", names_.app));
  }

  void daemon() {
    const std::string user = names_.user.empty() ? p_.owner : names_.user;
    line(2, "daemon:");
    if (user.empty()) {
      line(3, "# Apache's own account, unless you name one that owns nothing else:");
      line(3, "# user: " + scalar(names_.app));
    } else {
      line(3, "user: " + scalar(user));
    }
    line(3, "processes: 2");
    line(3, "threads: 5");
    line(3, "request_timeout: 60s");
  }

  void site() {
    out_ += "sites:\n";
    const std::string server = names_.server.empty() ? names_.app + ".example.com" : names_.server;
    if (names_.server.empty()) line(1, "# The name in the browser: put yours here.");
    line(1, scalar(server) + ":");
    line(2, "# tls: {certificate: /etc/ssl/certs/site.pem, key: /etc/ssl/private/site.key}");
    line(2, "routes:");
    line(3, fmt::format("/: {{app: {}}}", scalar(names_.app)));
    if (!p_.static_folder.empty()) {
      line(3, "# Served by Apache, without Python.");
      line(3, fmt::format("{}: {{directory: {}, cache: 1h}}", scalar(p_.static_url),
                          path(p_.static_folder)));
    }
  }

  const Project& p_;
  const Names& names_;
  std::string out_;
};

}  // namespace

std::string scalar(const std::string& text) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
  const bool starts_well = !text.empty() && (text[0] == '/' || (text[0] >= 'A' && text[0] <= 'Z') ||
                                             (text[0] >= 'a' && text[0] <= 'z'));
  const bool word = text == "true" || text == "false" || text == "null";
  if (starts_well && !word && text.find_first_not_of(kPlain) == std::string::npos) return text;
  return json_text(text);
}

std::string definition_text(const Project& project, const Names& names) {
  return Writer(project, names).text();
}

}  // namespace wsgictl::project
