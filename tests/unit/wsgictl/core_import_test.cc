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
  EXPECT_GE(count, 7u);
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
    if (entry.path().stem() == "instance") continue;
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
