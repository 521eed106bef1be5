// SPDX-License-Identifier: Apache-2.0
// The command line: exit codes, streams, suggestions; and the schema that is checked in.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "check/rules.h"
#include "core_support.h"
#include "json/json.h"
#include "model/keys.h"

namespace wsgictl::test {
namespace {

const char* kGood =
    "version: 1\napps:\n  a: {script: /srv/a.wsgi, daemon: {user: u}}\nsites:\n"
    "  h.example.com:\n    routes:\n      /: {app: a}\n";

TEST(Cli, ValidatesStandardInput) {
  const Ran good = run({"validate", "-f", "-"}, kGood);
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(good.out, "valid: 1 application, 1 site\n");
  const Ran bad = run({"validate", "-"}, "version: 1\nx: 1\n");
  EXPECT_EQ(bad.code, 1);
  EXPECT_EQ(bad.out, "");
  EXPECT_TRUE(bad.err.starts_with("<stdin>:2:1: error[WCTL1203]: ")) << bad.err;
}

TEST(Cli, MissingFileHasAPlaceAndCodeOne) {
  const Ran ran = run({"validate", "/nonexistent/a.yaml"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_TRUE(ran.err.starts_with("/nonexistent/a.yaml:1:1: error[WCTL1001]: file not found"));
}

TEST(Cli, JsonIsOneDocumentOnStdoutWhateverHappens) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"validate", "-", "--format", "json"},
           {"validate", "/nonexistent", "--format", "json"},
           {"validate", "--nonsense", "--format", "json"},
           {"explain", "nonsense", "--format=json"},
           {"render", "-", "--target", "debian-12", "--format", "json"}}) {
    const Ran ran = run(words, kGood);
    EXPECT_EQ(ran.err, "");
    const auto json = parse_json(ran.out);
    ASSERT_TRUE(json.is_object()) << ran.out;
    EXPECT_EQ(json["ok"], ran.code == 0);
    EXPECT_EQ(json["format_version"], "1.0");
  }
}

TEST(Cli, WrongUseIsTwoWithASuggestion) {
  const Ran command = run({"valdate"});
  EXPECT_EQ(command.code, 2);
  EXPECT_NE(command.err.find("did you mean \"validate\"?"), std::string::npos) << command.err;
  const Ran option = run({"validate", "--strcit"});
  EXPECT_EQ(option.code, 2);
  EXPECT_NE(option.err.find("did you mean \"--strict\"?"), std::string::npos) << option.err;
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"validate", "--format", "xml"}).code, 2);
  EXPECT_EQ(run({"render", "-", "--target", "plan9"}, kGood).code, 2);
  EXPECT_EQ(run({"explain", "thraeds"}).code, 2);
}

TEST(Cli, HelpShowsAnExampleFirst) {
  for (const char* name : {"validate", "render", "schema", "explain"}) {
    const Ran ran = run({name, "--help"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_TRUE(ran.out.starts_with("Example:\n  wsgictl " + std::string(name))) << ran.out;
  }
  EXPECT_EQ(run({"--version"}).code, 0);
}

TEST(Cli, HelpFitsATerminal) {
  std::istringstream commands(run({"--help"}).out);
  std::vector<std::string> names{"--help"};
  bool listed = false;
  for (std::string line, name; std::getline(commands, line);) {
    if (listed && line.starts_with("  ") && line[2] != ' ')
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    listed = listed || line == "Subcommands:";
  }
  EXPECT_GT(names.size(), 15u);
  for (const std::string& name : names) {
    const Ran ran = name == "--help" ? run({"--help"}) : run({name, "--help"});
    EXPECT_EQ(ran.code, 0) << name;
    if (name != "--help") {
      EXPECT_NE(ran.out.find("Usage: wsgictl " + name + " "), std::string::npos) << ran.out;
    }
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(line.size(), 80u) << "wsgictl " << name << ": " << line;
  }
  // A word, such as a path, is never broken.
  for (const char* word : {"apps.run", "apps.daemon", "WCTL4012", "WCTL2010", "WSGI2006"}) {
    std::istringstream lines(run({"explain", word}).out);
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(line.size(), 80u) << "wsgictl explain " << word << ": " << line;
  }
}

TEST(Cli, StrictMakesWarningsErrors) {
  const std::string text = "version: 1\napps:\n  a: {script: /srv/a.wsgi}\n";
  EXPECT_EQ(run({"validate", "-"}, text).code, 0);
  EXPECT_EQ(run({"validate", "-", "--strict"}, text).code, 1);
  EXPECT_EQ(run({"validate", "-", "-q"}, text).err, "");
}

TEST(Cli, BadDefinitionRendersNothing) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "wsgictl-core-render";
  std::filesystem::remove_all(folder);
  EXPECT_EQ(
      run({"render", "-", "--target", "debian-12", "-o", folder.string()}, "version: 2\n").code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(Cli, ExplainsEveryKey) {
  for (const model::Key& key : model::keys()) {
    EXPECT_FALSE(key.help.empty()) << key.path;
    if (model::last_word(key.path) == "*") continue;
    EXPECT_EQ(run({"explain", model::plain_path(key.path)}).code, 0) << key.path;
  }
  EXPECT_NE(run({"explain", "WCTL1203"}).out.find("unknown key"), std::string::npos);
  EXPECT_NE(run({"explain", "WSGI2006"}).out.find("What to do: Look at the signal"),
            std::string::npos);
  EXPECT_NE(run({"explain", "WSGI2006", "--format=json"}).out.find("\"level\""), std::string::npos);
  EXPECT_NE(run({"explain", "daemon.threads"}).out.find("1 to 10000"), std::string::npos);
}

TEST(Schema, IsTheOneCheckedIn) {
  std::ifstream in(std::string(WSGI_SOURCE_DIR) + "/schemas/wsgictl-1.schema.json");
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_EQ(run({"schema"}).out, text.str()) << "wsgictl schema > schemas/wsgictl-1.schema.json";
}

struct FakeWorld : check::World {
  check::Entry entry(const std::string& path) const override {
    return path == "/srv/a.wsgi" ? kind : check::Entry::none;
  }
  std::optional<int> mode(const std::string&) const override { return 0644; }
  bool has_user(const std::string&) const override { return user; }
  bool has_group(const std::string&) const override { return true; }
  bool private_tmp() const override { return false; }
  check::Entry kind = check::Entry::file;
  bool user = true;
};

TEST(HostRules, FindWhatIsMissing) {
  const auto codes = [](const FakeWorld& world) {
    auto loaded = load(kGood);
    check::check_host(*loaded.definition, world, loaded.diagnostics);
    return loaded.codes();
  };
  FakeWorld world;
  EXPECT_TRUE(codes(world).empty());
  world.user = false;
  EXPECT_EQ(codes(world), std::vector<std::string>{"WCTL2002"});
  world.user = true;
  world.kind = check::Entry::none;
  EXPECT_EQ(codes(world), std::vector<std::string>{"WCTL2001"});
}

}  // namespace
}  // namespace wsgictl::test
