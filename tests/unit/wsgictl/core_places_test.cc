// SPDX-License-Identifier: Apache-2.0
// Host rules about what is in the places that a definition names: environments, folders closed to
// the processes, SELinux, what Apache admits. On a host made of values, and on a real folder.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "check/rules.h"
#include "core_support.h"

namespace wsgictl::test {
namespace {

namespace fs = std::filesystem;

std::string definition(const std::string& python, const std::string& daemon) {
  return "version: 1\napps:\n  a:\n    script: /srv/a/a.wsgi\n    python: " + python +
         "\n    daemon: " + daemon + "\nsites:\n  h.example.com:\n    routes:\n      /: {app: a}\n";
}

struct Host : check::World {
  check::Entry entry(const std::string& path) const override {
    return path == missing ? check::Entry::none : check::Entry::directory;
  }
  std::optional<int> mode(const std::string&) const override { return std::nullopt; }
  bool has_user(const std::string&) const override { return true; }
  bool has_group(const std::string&) const override { return true; }
  bool private_tmp() const override { return false; }
  std::optional<std::string> text(const std::string& path) const override {
    return path == "/srv/a/venv/pyvenv.cfg" ? std::optional(config) : std::nullopt;
  }
  std::string closed_to(const std::string& user, const std::string& group,
                        const std::string& path) const override {
    return path == "/srv/a/a.wsgi" && user + ":" + group == closed_for ? "/srv/a" : "";
  }
  std::string label(const std::string& path) const override {
    return path == "/srv/a/a.wsgi" ? type : "";
  }
  std::vector<std::string> runtimes() const override { return {"3.11", "3.13"}; }
  std::optional<std::int64_t> admitted() const override { return requests; }

  std::string missing, config = "home = /usr/bin\nversion = 3.11.2\n", closed_for, type;
  std::optional<std::int64_t> requests;
};

Loaded judged(const Host& host, const std::string& python = "{home: /srv/a/venv}",
              const std::string& daemon = "{user: shop}") {
  Loaded loaded = load(definition(python, daemon));
  check::check_places(*loaded.definition, host, loaded.diagnostics);
  return loaded;
}

using Codes = std::vector<std::string>;

TEST(Places, AGoodEnvironmentIsNotBlamed) {
  EXPECT_EQ(judged({}).codes(), Codes{});
  Host older;
  older.config = "home = /usr/bin\nversion_info = 3.13.1.final.0\n";
  EXPECT_EQ(judged(older).codes(), Codes{});
}

TEST(Places, EnvironmentOfAnotherPython) {
  Host host;
  host.config = "home = /usr/bin\nversion = 3.9.2\n";
  const Loaded none = judged(host);
  EXPECT_EQ(none.codes(), Codes{"WCTL2007"});
  EXPECT_EQ(none.diagnostics.items()[0].message,
            "environment \"/srv/a/venv\" was made by Python 3.9, which has no runtime here; "
            "installed: 3.11 or 3.13");
  EXPECT_EQ(judged({}, "{home: /srv/a/venv, version: \"3.13\"}").codes(), Codes{"WCTL2007"});
  EXPECT_EQ(judged({}, "{home: /srv/a/venv, version: \"3.11\"}").codes(), Codes{});
}

TEST(Places, EnvironmentWhoseBaseIsGone) {
  Host host;
  host.missing = "/usr/bin/python3.11";  // the system has a newer one now
  EXPECT_EQ(judged(host).codes(), Codes{"WCTL2008"});
  host.config = "home = /opt/python/bin\nversion = 3.11.2\n";
  host.missing = "/opt/python/bin";
  EXPECT_EQ(judged(host).codes(), Codes{"WCTL2008"});
}

TEST(Places, ClosedToTheUserOfTheProcesses) {
  Host host;
  host.closed_for = "shop:";
  const Loaded closed = judged(host);
  EXPECT_EQ(closed.codes(), Codes{"WCTL2009"});
  EXPECT_EQ(closed.diagnostics.items()[0].message, "\"/srv/a\" is closed to user \"shop\"");
  EXPECT_EQ(judged(host, "{}", "{user: shop, group: web}").codes(), Codes{});
  host.closed_for = ":";
  EXPECT_EQ(judged(host, "{}", "{}").codes(), Codes{"WCTL2009"});
}

TEST(Places, SelinuxTypes) {
  Host host;
  host.type = "user_home_t";
  EXPECT_EQ(judged(host).codes(), Codes{"WCTL2010"});
  for (const char* type : {"httpd_sys_content_t", "usr_t", ""}) {
    host.type = type;
    EXPECT_EQ(judged(host).codes(), Codes{}) << type;
  }
}

TEST(Places, MoreThreadsThanApacheAdmits) {
  Host host;
  host.requests = 150;
  EXPECT_EQ(judged(host, "{}", "{processes: 10, threads: 15}").codes(), Codes{});
  const Loaded more = judged(host, "{}", "{processes: 10, threads: 16}");
  EXPECT_EQ(more.codes(), Codes{"WCTL2011"});
  EXPECT_EQ(more.diagnostics.items()[0].mark.start.line, 6);
}

// What exists, and what can be read, by name.
struct Bare : check::World {
  check::Entry entry(const std::string& path) const override {
    return path == file ? check::Entry::file : check::Entry::none;
  }
  std::optional<int> mode(const std::string& path) const override {
    return path == file ? std::optional(0644) : std::nullopt;
  }
  bool has_user(const std::string&) const override { return false; }
  bool has_group(const std::string&) const override { return false; }
  bool private_tmp() const override { return true; }
  std::string file;
};

Codes host_codes(const Bare& host, const std::string& text) {
  Loaded loaded = load(text);
  EXPECT_TRUE(loaded.definition) << text;
  loaded.diagnostics = {};
  check::check_host(*loaded.definition, host, loaded.diagnostics);
  return loaded.codes();
}

TEST(HostRules, EverythingThatIsMissingHasACode) {
  const std::string text =
      "version: 1\napps:\n  a: {script: /srv/a.wsgi, python: {home: /srv/venv}, env_file: /srv/env,"
      " daemon: {user: u}}\nsites:\n  h.example.com:\n    tls: {certificate: /c.pem, key: /c.key}\n"
      "    routes:\n      /: {app: a}\n      /s: {directory: /srv/s}\n      /f: {file: /srv/f}\n";
  EXPECT_EQ(host_codes({}, text), (Codes{"WCTL2001", "WCTL2004", "WCTL2005", "WCTL2002", "WCTL2003",
                                         "WCTL2201", "WCTL2201", "WCTL2004", "WCTL2005"}));
}

TEST(HostRules, SecretsForEverybodyAndFilesThatTheServiceDoesNotSee) {
  const std::string sites = "sites:\n  h.example.com:\n    routes:\n      /: {app: a}\n";
  Bare host;
  host.file = "/srv/env";
  EXPECT_EQ(host_codes(host, "version: 1\napps:\n  a: {module: a.b, env_file: /srv/env}\n" + sites),
            Codes{"WCTL2006"});
  host.file = "/tmp/a.wsgi";
  EXPECT_EQ(host_codes(host, "version: 1\napps:\n  a: {script: /tmp/a.wsgi}\n" + sites),
            Codes{"WCTL1610"});
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "wsgictl-places-XXXXXX";
    ASSERT_NE(::mkdtemp(root_.data()), nullptr);
    fs::permissions(root_, fs::perms(0755));
    put("/etc/passwd",
        "root:x:0:0::/:/bin/sh\nshop:x:54321:54321::/:/bin/sh\n"
        "www-data:x:33:33::/:/bin/sh\n");
    put("/etc/group", "shop:x:54321:\nweb:x:54322:shop\nother:x:54323:\n");
    put("/srv/a/a.wsgi", "");
    put("/srv/a/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n");
    put("/usr/bin/python3.11", "");
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  void mode(const std::string& path, unsigned bits) {
    fs::permissions(root_ + path, static_cast<fs::perms>(bits));
  }
  Codes codes(const std::string& daemon = "{user: shop}") {
    Loaded loaded = load(definition("{home: /srv/a/venv}", daemon));
    check::check_places(*loaded.definition, *check::real_world(root_), loaded.diagnostics);
    return loaded.codes();
  }

  std::string root_;
};

TEST_F(Folder, ModesAndOwnersAreLookedAt) {
  if (::geteuid() != 0) GTEST_SKIP() << "files must have other owners";
  EXPECT_EQ(codes(), Codes{});
  mode("/srv/a/a.wsgi", 0600);
  EXPECT_EQ(codes(), Codes{"WCTL2009"});
  ASSERT_EQ(::chown((root_ + "/srv/a/a.wsgi").c_str(), 54321, 0), 0);
  EXPECT_EQ(codes(), Codes{});
  mode("/srv/a", 0750);  // script and environment
  EXPECT_EQ(codes(), (Codes{"WCTL2009", "WCTL2009"}));
  ASSERT_EQ(::chown((root_ + "/srv/a").c_str(), 0, 54322), 0);
  EXPECT_EQ(codes(), Codes{}) << "shop is a member of web";
  EXPECT_EQ(codes("{}"), (Codes{"WCTL2009", "WCTL2009"})) << "Apache's own account is not";
  ASSERT_EQ(::chown((root_ + "/srv/a").c_str(), 0, 54323), 0);
  mode("/srv/a/a.wsgi", 0644);
  EXPECT_EQ(codes("{user: shop, group: other}"), Codes{});
}

TEST_F(Folder, IsAskedForDefinitionsAndHasNone) {
  fs::create_directories(root_ + "/empty");
  const auto code = [&](const std::vector<std::string>& words) {
    const std::string err = run(words).err;
    return err.substr(err.find('[') + 1, 8);
  };
  EXPECT_EQ(code({"validate", root_ + "/empty"}), "WCTL1008");
  EXPECT_EQ(code({"validate", "/dev/null"}), "WCTL1009");
  put("/block.yaml", "version: 1\napps:\n    a:\n      script: |\n        /srv/a.wsgi\n");
  EXPECT_EQ(code({"fmt", root_ + "/block.yaml"}), "WCTL1023");
}

TEST_F(Folder, TheBaseAndTheMpmAreRead) {
  put("/etc/apache2/apache2.conf",
      "LoadModule mpm_event_module x.so\n<IfModule mpm_event_module>\nMaxRequestWorkers 10\n"
      "</IfModule>\n");
  EXPECT_EQ(codes("{}"), Codes{"WCTL2011"});
  fs::remove(root_ + "/usr/bin/python3.11");
  EXPECT_EQ(codes("{}"), (Codes{"WCTL2008", "WCTL2011"}));
}

}  // namespace
}  // namespace wsgictl::test
