// SPDX-License-Identifier: Apache-2.0
// Import of Apache configurations: golden cases (tests/golden/import: input, "----", the
// definition,
// "----", what was said), the round trip of everything that render writes, and that nothing is
// lost. WSGICTL_BLESS=1 rewrites the expected part of the cases.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "apache_conf/reader.h"
#include "conf/render.h"
#include "core_support.h"
#include "diag/print.h"
#include "import/import.h"
#include "import/yaml_text.h"
#include "json/json.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Outcome {
  std::optional<importing::Imported> imported;
  std::string yaml;
  diag::Diagnostics diagnostics;
};

// FILES by name, read one after the other as one configuration.
Outcome import_files(const std::map<std::string, std::string>& files, const host::Layout& layout,
                     bool all = false) {
  apache_conf::Configuration whole;
  apache_conf::Settings settings;
  settings.root = "/nonexistent";
  settings.server_root = "/etc/apache2";
  for (const auto& [name, text] : files) {
    if (!name.ends_with(".conf")) continue;
    auto part = apache_conf::read_text(name, text, settings);
    std::move(part.nodes.begin(), part.nodes.end(), std::back_inserter(whole.nodes));
    std::move(part.problems.begin(), part.problems.end(), std::back_inserter(whole.problems));
    whole.sources.merge(part.sources);
  }
  whole.server_root = "/etc/apache2";
  const importing::HostFiles host{
      [&files](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? std::nullopt : std::optional<std::string>(found->second);
      },
      nullptr};
  Outcome out;
  out.imported = importing::import_configuration(whole, layout, host, all, out.diagnostics);
  if (out.imported) out.yaml = importing::yaml_text(out.imported->definition, true);
  return out;
}

std::string said(const diag::Diagnostics& diagnostics) {
  std::string out;
  for (const auto& d : diagnostics.items())
    out += fmt::format("{}:{} {} {}\n", d.mark.start.line, d.mark.start.column, d.code, d.message);
  return out;
}

TEST(Import, CasesAreAsWritten) {
  std::size_t count = 0;
  for (const auto& entry :
       fs::directory_iterator(std::string(WSGI_SOURCE_DIR) + "/tests/golden/import")) {
    const std::string text = read(entry.path());
    const std::size_t end = text.find("\n----\n");
    ASSERT_NE(end, std::string::npos) << entry.path();
    const std::string input = text.substr(0, end + 1);
    const Outcome out = import_files({{"/etc/apache2/input.conf", input}}, debian_12());
    ASSERT_TRUE(out.imported) << entry.path() << said(out.diagnostics);
    const std::string actual = out.yaml + "----\n" + said(out.diagnostics);
    for (const auto& d : out.diagnostics.items()) {
      EXPECT_FALSE(d.hint.empty()) << entry.path() << d.message;
      EXPECT_NE(d.severity, diag::Severity::error) << entry.path() << d.message;
    }
    const Loaded loaded = load(out.yaml);
    EXPECT_TRUE(loaded.definition) << entry.path() << "\n"
                                   << diag::to_text(loaded.diagnostics, false);
    if (std::getenv("WSGICTL_BLESS") != nullptr)
      std::ofstream(entry.path(), std::ios::binary) << input << "----\n" << actual;
    else
      EXPECT_EQ(actual, text.substr(end + 6)) << entry.path() << "\nWSGICTL_BLESS=1 rewrites it";
    ++count;
  }
  EXPECT_GE(count, 11u);
}

using Files = std::map<std::string, std::string>;

Files render(const std::string& yaml, const std::string& target) {
  diag::Diagnostics diagnostics;
  const auto definition = model::load_sources({{"input.yaml", yaml}}, diagnostics);
  EXPECT_TRUE(definition) << yaml << diag::to_text(diagnostics, false);
  Files out;
  if (!definition) return out;
  const auto files = conf::render(*definition, *host::layout(target), diagnostics);
  EXPECT_TRUE(files) << yaml << diag::to_text(diagnostics, false);
  if (files)
    for (const auto& file : *files)
      if (!file.link) out[file.path] = file.content;
  return out;
}

// Comments name lines of the definition, which an import cannot know.
Files without_comments(Files files) {
  for (auto& [name, text] : files)
    text = std::regex_replace(text, std::regex("(^|\n)[ ]*#[^\n]*"), "");
  return files;
}

TEST(Import, WhatRenderWritesComesBack) {
  std::size_t count = 0;
  for (const auto& entry :
       fs::directory_iterator(std::string(WSGI_SOURCE_DIR) + "/tests/golden/render")) {
    // An instance is seen from outside as a server behind a proxy.
    if (entry.path().stem().string().starts_with("instance")) continue;
    std::string input = read(entry.path());
    input.erase(input.find("\n----\n") + 1);
    std::string target = "debian-12";
    if (std::smatch found; std::regex_search(input, found, std::regex("^#!target (.*)\n"))) {
      target = found[1];
      input.erase(0, static_cast<std::size_t>(found.length()));
    }
    const Files first = render(input, target);
    const Outcome out = import_files(first, *host::layout(target));
    ASSERT_TRUE(out.imported) << entry.path() << said(out.diagnostics);
    EXPECT_TRUE(out.imported->replaces.empty());
    for (const auto& d : out.diagnostics.items())
      EXPECT_EQ(d.code, "WCTL2502") << entry.path() << ": " << d.message;
    const Files second = render(out.yaml, target);
    EXPECT_EQ(without_comments(second), without_comments(first)) << entry.path() << out.yaml;
    // A definition that an import wrote is written again to the byte, and so are its files: plan
    // has nothing to do.
    const Outcome again = import_files(second, *host::layout(target));
    EXPECT_EQ(again.yaml, out.yaml) << entry.path();
    EXPECT_EQ(render(again.yaml, target), second) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 8u);
}

// Each line has a word of its own, which must come out somewhere.
TEST(Import, NothingIsLost) {
  const char* lines[] = {
      "Options Indexes WORD",
      "AddHandler x WORD",
      "AddType text/WORD .x",
      "Alias /a/WORD /srv/b",
      "AliasMatch ^/WORD$ /x",
      "BrowserMatch WORD x",
      "CustomLog /l/WORD common",
      "DirectoryIndex WORD",
      "ErrorDocument 404 /WORD",
      "ErrorDocument 500 WORD",
      "ErrorLog syslog:WORD",
      "ErrorLogFormat WORD",
      "ExpiresDefault WORD",
      "FallbackResource /WORD",
      "FileETag WORD",
      "Header set X WORD",
      "Header always unset WORD",
      "H2Push WORD",
      "LimitRequestBody WORD",
      "LogFormat %h WORD",
      "LogLevel WORD",
      "ProxyPass /WORD balancer:x",
      "ProxyPass /WORD !",
      "ProxyPassMatch ^/WORD http://x",
      "ProxyPassReverse /WORD x",
      "Redirect /WORD http://x/",
      "RedirectMatch ^/WORD$ /x",
      "RewriteCond %{X} WORD",
      "RewriteRule ^/\\d+$ /WORD",
      "RewriteMap WORD x",
      "RequestHeader set X WORD",
      "ScriptAlias /WORD /x",
      "ServerAdmin WORD",
      "ServerAlias *WORD",
      "ServerSignature WORD",
      "SetEnv X WORD",
      "SetEnvIf X WORD y",
      "SSLCipherSuite WORD",
      "SSLOptions +WORD",
      "Timeout WORD",
      "UseCanonicalName WORD",
      "WSGIPassApacheRequest WORD",
      "WSGIScriptAlias /WORD a",
      "WSGITrustedProxies WORD",
      "WSGIMapHEADToGET WORD",
      "WSGIDispatchScript /WORD",
      "KeepAlive WORD",
      "Unknown ${WORD}",
      "<Directory /WORD>\n</Directory>",
      "<Directory /srv/x>\nOptions WORD\n</Directory>",
      "<Directory /srv/x>\nAllowOverride WORD\n</Directory>",
      "<Directory /srv/x>\n<Files WORD>\n</Files>\n</Directory>",
      "<Files WORD>\n</Files>",
      "<If \"WORD\">\n</If>",
      "<Location /WORD>\n</Location>",
      "<Location /x>\nRequire host WORD\n</Location>",
      "<Location /x>\n<RequireNone>\nRequire host WORD\n</RequireNone>\n</Location>",
      "<Location /x>\n<Limit WORD>\n</Limit>\n</Location>",
      "<LocationMatch WORD>\n</LocationMatch>",
      "<Proxy WORD>\n</Proxy>"};
  std::string text =
      "WSGIDaemonProcess x\n<VirtualHost *:80>\nServerName x.example.com\n"
      "WSGIScriptAlias /x /srv/x/x.wsgi process-group=x application-group=%{GLOBAL}\n";
  int number = 0;
  for (const char* line : lines)
    text += std::regex_replace(line, std::regex("WORD"), fmt::format("w0rd{}z", ++number)) + "\n";
  const Outcome out =
      import_files({{"/etc/apache2/input.conf", text + "</VirtualHost>\n"}}, debian_12());
  ASSERT_TRUE(out.imported) << said(out.diagnostics);
  const std::string all = out.yaml + said(out.diagnostics);
  for (int i = 1; i <= number; ++i)
    EXPECT_NE(all.find(fmt::format("w0rd{}z", i)), std::string::npos) << lines[i - 1] << "\n"
                                                                      << all;
}

constexpr const char* kHost =
    "WSGIDaemonProcess x\n<VirtualHost *:80>\nServerName x.example.com\n"
    "Alias /docs /x/intranet/docs\n"
    "WSGIScriptAlias / /x/app/x.wsgi process-group=x application-group=%{GLOBAL}\n";

// Access of both routes, with the main server's SECTIONS in a file of their own and HOST at the end
// of the virtual host; then what was said of that file.
std::string guarded(const std::string& sections, const std::string& host = "") {
  const Outcome out = import_files({{"/etc/apache2/conf.conf", sections},
                                    {"/etc/apache2/sites.conf", kHost + host + "</VirtualHost>\n"}},
                                   debian_12());
  if (!out.imported) return "nothing";
  const Json& routes = out.imported->definition["sites"]["x.example.com"]["routes"];
  std::string text;
  for (const char* url : {"/docs", "/"}) {
    const Json& route = routes[url];
    text += std::string(url) + ":";
    if (route.contains("access")) text += " " + route["access"].dump();
    if (route.contains("extra_directives")) text += " " + route["extra_directives"].dump();
    text += "\n";
  }
  for (const auto& d : out.diagnostics.items())
    if (d.mark.file == "/etc/apache2/conf.conf") text += d.code + " " + d.message + "\n";
  return text;
}

std::string section(const std::string& head, const std::string& body) {
  return fmt::format("<{}>\n{}\n</{}>\n", head, body, head.substr(0, head.find(' ')));
}

TEST(ImportAccess, OfTheMainServerHoldsForWhatIsBelow) {
  const std::string denied = section("Directory /", "AllowOverride None\nRequire all denied");
  const std::string granted = section("Directory /x", "Require all granted");
  const std::string ip = section("Directory /x/intranet", "Require ip 10.0.0.0/8");
  const char* kOpen = "/docs:\n/:\n";
  const char* kDocs = "/docs: {\"networks\":[\"10.0.0.0/8\"]}\n/:\n";
  EXPECT_EQ(guarded(""), kOpen);
  EXPECT_EQ(guarded(denied + granted), kOpen);
  EXPECT_EQ(guarded(denied + granted + ip), kDocs);
  EXPECT_EQ(guarded(ip + granted), kDocs) << "the nearest wins, not the last";
  EXPECT_EQ(guarded(section("Directory /x/*t", "Require ip 10.0.0.0/8")), kDocs);
  EXPECT_EQ(guarded(ip, section("Directory /x/intranet/docs", "Require all granted")), kOpen);
  EXPECT_EQ(guarded(ip, section("Location /docs", "Require all granted")), kOpen);
  const char* kBelow = "WCTL2503 the rules of this folder hold for all below / now\n";
  EXPECT_EQ(guarded(section("Files x.wsgi", "Require ip 10.0.0.0/8")),
            std::string("/docs:\n/: {\"networks\":[\"10.0.0.0/8\"]}\n") + kBelow);
  EXPECT_EQ(
      guarded(section("Directory /x/app", "Require ip 10.0.0.0/8") + granted),
      std::string("/docs: [{\"directive\":\"Require\",\"arguments\":[\"all\",\"granted\"]}]\n"
                  "/: {\"networks\":[\"10.0.0.0/8\"]}\n"
                  "WCTL2502 \"Require all granted\" is in extra_directives of route /docs\n") +
          kBelow);
}

TEST(ImportAccess, OfTheMainServerThatIsLostIsSaid) {
  const auto is_said = [](const std::string& sections, const char* what) {
    const std::string text = guarded(sections);
    EXPECT_NE(text.find("WCTL2501"), std::string::npos) << sections << text;
    EXPECT_NE(text.find(what), std::string::npos) << sections << text;
  };
  const std::string ip = "Require ip 10.0.0.0/8";
  is_said(section("Directory /x/intranet", "AllowOverride AuthConfig"), "AllowOverride AuthConfig");
  is_said(section("Directory /x", "<LimitExcept GET>\n" + ip + "\n</LimitExcept>"), "LimitExcept");
  is_said(section("Directory /x", "AuthMerging And\n" + ip), "AuthMerging");
  is_said(section("DirectoryMatch ^/x/app", ip), "<DirectoryMatch ^/x/app>\" covers route /");
  is_said(section("Directory /x/app", ip) + section("Location /server-status", "Require local"),
          "<Location /server-status>");
  EXPECT_EQ(guarded(section("DirectoryMatch /\\.git", "Require all denied") +
                    section("FilesMatch ^\\.ht", "Require all denied") +
                    section("Location /server-status", "Require local")),
            "/docs:\n/:\n");
  const std::string text = guarded(section("Directory /x/intranet", ip) +
                                   section("LocationMatch ^/secret", "Require all denied"));
  EXPECT_EQ(text.find("WCTL2501"), std::string::npos) << text;
}

// What becomes of a virtual host for port 80 with LINES beside one with TLS.
std::string port_80(const std::string& lines) {
  const std::string name = "ServerName s.example.com\nServerAlias www.s.example.com\n";
  const Outcome out =
      import_files({{"/etc/apache2/input.conf",
                     "WSGIDaemonProcess x\n<VirtualHost *:80>\n" + name + "RewriteEngine On\n" +
                         lines + "\n</VirtualHost>\n<VirtualHost *:443>\n" + name +
                         "SSLEngine On\nSSLCertificateFile /c\nSSLCertificateKeyFile /k\n"
                         "WSGIScriptAlias / /x/x.wsgi process-group=x application-group=%{GLOBAL}\n"
                         "</VirtualHost>\n"}},
                   debian_12());
  if (!out.imported) return "nothing";
  return out.imported->definition["sites"]["s.example.com"].contains("redirect_to_tls")
             ? "serves"
             : "redirects";
}

TEST(ImportRedirect, OnlyOfAllPathsBecomesOneOfThePort) {
  const std::string to = " https://s.example.com";
  for (const std::string& lines : std::vector<std::string>{
           "Redirect /" + to + "/", "Redirect permanent /" + to + "/",
           "RedirectMatch ^/(.*)$" + to + "/$1", "RedirectMatch 301 (.*)" + to + "$1",
           "RewriteRule ^" + to + "%{REQUEST_URI}",
           "RewriteRule ^/?(.*) https://%{HTTP_HOST}/$1 [R=301,L]",
           "RewriteRule (.*) https://%{HTTP_HOST}:443%{REQUEST_URI} [R]",
           "RewriteCond %{HTTPS} !=on\nRewriteCond %{SERVER_PORT} =80\nRewriteRule .*" + to +
               "%{REQUEST_URI} [R,L]",
           "RewriteCond %{SERVER_NAME} =s.example.com [OR]\n"
           "RewriteCond %{SERVER_NAME} =www.s.example.com\nRewriteRule ^" +
               to + "%{REQUEST_URI}"})
    EXPECT_EQ(port_80(lines), "redirects") << lines;
  for (const std::string& lines : std::vector<std::string>{
           "Redirect /login" + to + "/", "Redirect /" + to + "/login",
           "Redirect / https://other.example.com/", "RedirectMatch ^/login/(.*)$" + to + "/$1",
           "RedirectMatch ^/(.*)\\.html$" + to + "/$1",
           "RewriteRule ^/login/(.*)$" + to + "/$1 [R]", "RewriteRule ^/$" + to + "%{REQUEST_URI}",
           "RewriteRule !^/x" + to + "%{REQUEST_URI}", "RewriteRule ^" + to + "/x%{REQUEST_URI}",
           "RewriteRule ^" + to + "/", "RewriteRule ^" + to + "/$1",
           "RewriteRule ^/(.*) https://%{HTTP_HOST}.example.com/$1",
           "RewriteRule ^" + to + "%{REQUEST_URI} [P]",
           "RewriteCond %{HTTP_USER_AGENT} Mozilla\nRewriteRule ^" + to + "%{REQUEST_URI}",
           "RewriteCond %{HTTPS} on\nRewriteRule ^" + to + "%{REQUEST_URI}",
           "RewriteCond %{SERVER_PORT} 8080\nRewriteRule ^" + to + "%{REQUEST_URI}",
           "RewriteCond %{HTTP_HOST} ^www\\.s\\.example\\.com$\nRewriteRule ^" + to +
               "%{REQUEST_URI}",
           "RewriteEngine Off\nRewriteRule ^" + to + "%{REQUEST_URI}"})
    EXPECT_EQ(port_80(lines), "serves") << lines;
}

TEST(ImportCommand, ReadsADumpOfAnotherHost) {
  const char* dump =
      "# In file: /nonexistent/a.conf\n#   3:\nWSGIDaemonProcess a user=b home=/\n#   4:\n"
      "<VirtualHost *:80>\n  #   5:\n  ServerName a.example.com\n  #   6:\n"
      "  WSGIScriptAlias / /srv/a.wsgi process-group=a\n  #   7:\n  SetEnv X \"y z\"\n"
      "</VirtualHost>\nSyntax OK\n";
  const Ran ran = run({"import", "--dump", "-", "--target", "debian-12", "--format", "json"}, dump);
  EXPECT_EQ(ran.code, 0) << ran.out;
  const auto answer = parse_json(ran.out);
  const std::string text = answer["definition"];
  EXPECT_NE(text.find("{directive: SetEnv, arguments: [X, \"y z\"]}"), std::string::npos) << text;
  EXPECT_TRUE(load(text).definition);
  EXPECT_EQ(answer["replaces"], Json({"/nonexistent/a.conf"}));
  EXPECT_EQ(answer["as_it_is"], 1);
  EXPECT_TRUE(answer["output"].is_null());
  for (const auto& d : answer["diagnostics"]) EXPECT_EQ(d["file"], "/nonexistent/a.conf");
}

TEST(ImportCommand, NothingToImportIsOneAndWrongUseIsTwo) {
  const Ran none = run({"import", "--dump", "-", "--target", "debian-12"}, "Syntax OK\n");
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.out, "");
  EXPECT_NE(none.err.find("WCTL2505"), std::string::npos) << none.err;
  EXPECT_EQ(run({"import", "--dump", "/nonexistent", "--target", "debian-12"}).code, 1);
  EXPECT_EQ(run({"import", "/nonexistent", "--target", "debian-12"}).code, 1);
  EXPECT_EQ(run({"import", "/nonexistent", "--server"}).code, 2);
  EXPECT_EQ(run({"import", "--dump", "-", "--server"}).code, 2);
}

}  // namespace
}  // namespace wsgictl::test
