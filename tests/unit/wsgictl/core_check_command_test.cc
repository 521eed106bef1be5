// SPDX-License-Identifier: Apache-2.0
// wsgictl check --apache as a command: which file it starts with, exit codes, forms of the output.
// Acts on a root of its own below TMPDIR.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "core_support.h"
#include "json/json.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

const char* kGroupUnused =
    "WSGIDaemonProcess shop\nWSGIScriptAlias / /srv/shop/wsgi.py\n"
    "<Directory /srv/shop>\nRequire all granted\n</Directory>\n";
const char* kGroupMissing =
    "WSGIScriptAlias / /srv/shop/wsgi.py process-group=shop application-group=%{GLOBAL}\n"
    "<Directory /srv/shop>\nRequire all granted\n</Directory>\n";

class Check : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "wsgictl-check-XXXXXX";
    ASSERT_NE(::mkdtemp(root_.data()), nullptr);
    put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  Ran check(std::vector<std::string> words) {
    words.insert(words.begin(), "check");
    words.insert(words.end(), {"--root", root_});
    return run(std::move(words));
  }

  std::string root_;
};

TEST_F(Check, WithoutAPathReadsTheDistributionsFile) {
  put("/etc/apache2/apache2.conf", "Include ${PART}.conf\n");
  put("/etc/apache2/envvars", "export PART=part\n");
  put("/etc/apache2/part.conf", kGroupUnused);
  const Ran ran = check({"--apache"});
  EXPECT_EQ(ran.code, 0) << "warnings alone are no failure";
  EXPECT_TRUE(ran.err.starts_with("/etc/apache2/part.conf:1:")) << ran.err;
  EXPECT_NE(ran.err.find("warning[WCTL2401]"), std::string::npos) << ran.err;
  const Ran folder = check({"--apache", "/etc/apache2"});
  EXPECT_EQ(folder.err, ran.err);
}

TEST_F(Check, SaysSoWhereNothingIsFound) {
  put("/etc/apache2/apache2.conf", "ServerName localhost\n");
  const Ran ran = check({"--apache"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "/etc/apache2/apache2.conf: nothing found, 1 files read\n");
  EXPECT_EQ(check({"--apache", "-q"}).out, "");
}

TEST_F(Check, NothingToReadAndWrongUse) {
  const Ran none = check({"--apache"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("WCTL1001"), std::string::npos) << none.err;
  EXPECT_EQ(check({"--apache", "/etc/other.conf"}).code, 1);
  EXPECT_EQ(check({}).code, 2);
  EXPECT_EQ(check({"--apache", "--format", "xml"}).code, 2);
}

TEST_F(Check, EveryFormOfOutputHasCodeAndPlace) {
  put("/etc/apache2/apache2.conf", kGroupMissing);
  const Ran text = check({"--apache"});
  EXPECT_EQ(text.code, 1);
  EXPECT_TRUE(text.err.starts_with("/etc/apache2/apache2.conf:1:")) << text.err;

  const Ran json = check({"--apache", "--format", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(json.err, "");
  const auto document = parse_json(json.out);
  EXPECT_EQ(document["command"], "check");
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["diagnostics"][0]["code"], "WCTL2402");
  EXPECT_EQ(document["diagnostics"][0]["file"], "/etc/apache2/apache2.conf");
  EXPECT_EQ(document["diagnostics"][0]["range"]["start"]["line"], 1);

  const Ran sarif = check({"--apache", "--format", "sarif"});
  EXPECT_EQ(sarif.code, 1);
  const auto results = parse_json(sarif.out)["runs"][0]["results"];
  EXPECT_EQ(results[0]["ruleId"], "WCTL2402");
  EXPECT_EQ(results[0]["level"], "error");

  const Ran github = check({"--apache", "--format", "github"});
  EXPECT_EQ(github.code, 1);
  EXPECT_TRUE(github.out.starts_with("::error file=/etc/apache2/apache2.conf,line=1,"))
      << github.out;
  EXPECT_NE(github.out.find("title=WCTL2402::"), std::string::npos) << github.out;

  const Ran junit = check({"--apache", "--format", "junit"});
  EXPECT_EQ(junit.code, 1);
  EXPECT_NE(junit.out.find("<testsuite name=\"wsgictl check\" tests=\"1\" failures=\"1\">"),
            std::string::npos)
      << junit.out;
  EXPECT_NE(junit.out.find("<failure type=\"WCTL2402\""), std::string::npos) << junit.out;
}

}  // namespace
}  // namespace wsgictl::test
