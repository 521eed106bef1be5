// SPDX-License-Identifier: Apache-2.0
// Commands that only look at the definition: route, completion and fmt.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core_support.h"
#include "json/json.h"
#include "yaml/format.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

const char* kSites =
    "version: 1\napps:\n  a: {script: /srv/a.wsgi, daemon: {user: u, processes: 2}}\nsites:\n"
    "  h.example.com:\n    aliases: ['*.h.example.com']\n"
    "    tls: {certificate: /c.pem, key: /c.key}\n    routes:\n"
    "      /app: {app: a}\n      /app/static: {directory: /srv/s}\n"
    "  g.example.com:\n    listen: ['127.0.0.1:8080']\n    routes:\n      /: {app: a}\n";

Json answer(const std::string& url, int code) {
  const Ran ran = run({"route", url, "-f", "-", "--format", "json"}, kSites);
  EXPECT_EQ(ran.code, code) << url << ran.out;
  return parse_json(ran.out)["answer"];
}

TEST(Route, LongestPathOfTheNamedSite) {
  EXPECT_EQ(answer("https://h.example.com/app/static/x.css", 0)["target"], "/srv/s");
  EXPECT_EQ(answer("https://h.example.com/app/staticx", 0)["app"]["path_info"], "/staticx");
  EXPECT_EQ(answer("https://h.example.com/app/../app/%73tatic/", 0)["target"], "/srv/s");
  const auto app = answer("https://H.example.com:443/app?x=/app/static", 0)["app"];
  EXPECT_EQ(app["script_name"], "/app");
  EXPECT_EQ(app["path_info"], "");
  EXPECT_EQ(app["application_group"], "%{GLOBAL}");
}

TEST(Route, SitesAreChosenAsApacheDoes) {
  EXPECT_EQ(answer("https://x.h.example.com/app", 0)["site"]["why"], "its alias *.h.example.com");
  EXPECT_EQ(answer("https://other/app", 0)["site"]["name"], "h.example.com");
  EXPECT_EQ(answer("http://h.example.com/app", 0)["kind"], "redirect_to_tls");
  EXPECT_EQ(answer("http://127.0.0.1:8080/", 0)["site"]["name"], "g.example.com");
}

TEST(Route, NobodyIsOneAndBadUrlsAreTwo) {
  for (const char* url :
       {"https://h.example.com/", "http://h.example.com:81/", "http://h.example.com:443/app",
        "https://g.example.com:8080/", "http://h.example.com/.well-known/acme-challenge/x"})
    EXPECT_NE(answer(url, 1)["why_not"], nullptr) << url;
  for (const char* url :
       {"h.example.com", "ftp://h/", "http://", "http://h:0/", "http://h:99999/", "http://h/%zz",
        "http://h/a%2fb", "http://h/%00", "http://h/../x", "http://u@h/", "http://[::1/"})
    EXPECT_EQ(run({"route", url, "-f", "-"}, kSites).code, 2) << url;
}

TEST(Completion, KnowsCommandsOptionsAndValues) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Ran ran = run({"completion", shell});
    EXPECT_EQ(ran.code, 0);
    for (const char* word : {"rollback", "strict", "github", "fmt"})
      EXPECT_NE(ran.out.find(word), std::string::npos) << shell << " " << word;
    EXPECT_EQ(ran.out.find(":{"), std::string::npos) << "CLI11's own words leak";
    std::ofstream(fs::path(testing::TempDir()) / ("wsgictl-completion." + std::string(shell)))
        << ran.out;
  }
  EXPECT_EQ(run({"completion", "tcsh"}).code, 2);
  EXPECT_EQ(run({"completion"}).code, 2);
}

TEST(Completion, BashCompletes) {
  const fs::path script = fs::path(testing::TempDir()) / "wsgictl-completion-run.bash";
  std::ofstream(script) << run({"completion", "bash"}).out
                        << "COMP_WORDS=(wsgictl validate --format s); COMP_CWORD=3; _wsgictl\n"
                           "[ \"${COMPREPLY[*]}\" = sarif ] || exit 1\n"
                           "COMP_WORDS=(wsgictl roll); COMP_CWORD=1; _wsgictl\n"
                           "[ \"${COMPREPLY[*]}\" = rollback ]\n";
  EXPECT_EQ(std::system(("bash --norc '" + script.string() + "'").c_str()), 0);
}

std::string formatted(const std::string& text) {
  diag::Diagnostics diagnostics;
  return yaml::format({"f.yaml", text}, diagnostics).value_or("(refused)");
}

TEST(Fmt, IsCanonicalAndKeepsComments) {
  const std::string canonical =
      "# head\nversion: 1\n\napps: # all\n  # about a\n  a:\n    script: \"/srv/a.wsgi\"   # why\n"
      "    workers:\n      w: {script: /w.py,\n        processes: 2\n      }\n  # b is gone\n"
      "sites:\n  h.example.com:\n    aliases:\n      - a.example.com\n      - 'b.example.com'\n"
      "    extra_directives:\n      - directive: X\n        arguments: [y]\n# tail\n";
  EXPECT_EQ(formatted(canonical), canonical);
  EXPECT_EQ(formatted("\n\n# head\nversion:   1   \r\n\n\n\napps: # all\n"
                      "   # about a\n   a :\n         script: \"/srv/a.wsgi\"   # why\n"
                      "         workers:\n            w: {script: /w.py,\n"
                      "              processes: 2\n            }\n   # b is gone\n"
                      "sites:\n h.example.com:\n  aliases:\n  -   a.example.com\n"
                      "  - 'b.example.com'\n  extra_directives:\n  -  directive: X\n"
                      "     arguments: [y]\n# tail\n\n\n"),
            canonical);
}

TEST(Fmt, RefusesWhatItCannotKeep) {
  for (const char* text :
       {"a: |\n  x\n", "a: >-\n  x\n", "a: 'x\n  y'\n", "a: x\n  y\n", "? a\n: b\n", "a: [b\n"})
    EXPECT_EQ(formatted(text), "(refused)") << text;
}

TEST(Fmt, EveryGoldenCaseIsKeptOrRefusedWhole) {
  for (const auto& entry :
       fs::recursive_directory_iterator(std::string(WSGI_SOURCE_DIR) + "/tests/golden")) {
    if (entry.path().extension() != ".case") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    const std::string once = formatted(text.str().substr(0, text.str().find("\n----\n") + 1));
    if (once == "(refused)") continue;
    EXPECT_EQ(formatted(once), once) << entry.path();
  }
}

TEST(Fmt, ReplacesTheFileAndKeepsItsMode) {
  const fs::path path = fs::path(testing::TempDir()) / "wsgictl-fmt.yaml";
  std::ofstream(path) << "version:  1\n";
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(run({"fmt", "--check", path.string()}).code, 1);
  EXPECT_EQ(run({"fmt", path.string()}).code, 0);
  EXPECT_EQ(run({"fmt", "--check", path.string()}).code, 0);
  struct stat now {};
  ASSERT_EQ(::stat(path.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, 0640u);
  EXPECT_EQ(run({"fmt", "-"}, "version:  1").out, "version: 1\n");
  EXPECT_EQ(run({"fmt"}).code, 2);
  EXPECT_EQ(run({"fmt", "/nonexistent.yaml"}).code, 1);
}

}  // namespace
}  // namespace wsgictl::test
