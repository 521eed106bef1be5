// SPDX-License-Identifier: Apache-2.0
// What `serve` makes of a definition: one site on one private address, who it runs as, and the main
// configuration around it.
#include <gtest/gtest.h>

#include <algorithm>

#include "conf/printer.h"
#include "express/installation.h"
#include "express/one_site.h"
#include "express/server_root.h"
#include "model/endpoints.h"
#include "model/load.h"

namespace wsgictl {
namespace {

constexpr const char* kTwoApps = R"(version: 1
apps:
  shop: {script: /srv/shop.py, daemon: {user: shop}}
  blog: {script: /srv/blog.py}
sites:
  shop.example.com:
    tls: {certificate: /a.pem, key: /a.key}
    behind_proxy: [10.0.0.0/8]
    routes:
      /: {app: shop}
      /static: {directory: /srv/static}
  blog.example.com:
    routes:
      /blog: {app: blog}
)";

struct Serve : ::testing::Test {
  diag::Diagnostics diagnostics;
  express::Wanted wanted;

  std::optional<model::Definition> one(const char* yaml = kTwoApps) {
    const auto definition = model::load_sources({{"site.yaml", yaml}}, diagnostics);
    EXPECT_TRUE(definition);
    return definition ? express::one_site(*definition, wanted, diagnostics) : std::nullopt;
  }
  std::string code() {
    return diagnostics.items().empty() ? "none" : diagnostics.items().back().code;
  }
};

TEST_F(Serve, KeepsTheSiteOfTheApplicationWithoutTls) {
  wanted.app = "shop";
  wanted.port = 8123;
  const auto site = one();
  ASSERT_TRUE(site);
  ASSERT_EQ(site->sites.size(), 1u);
  ASSERT_EQ(site->apps.size(), 1u);
  EXPECT_EQ(site->apps[0].name.value, "shop");
  const auto endpoints = model::endpoints(site->sites[0]);
  ASSERT_EQ(endpoints.size(), 1u);
  EXPECT_EQ(endpoints[0].spec(), "127.0.0.1:8123");
  EXPECT_FALSE(endpoints[0].tls);
  EXPECT_TRUE(site->sites[0].behind_proxy.empty());
  EXPECT_EQ(site->sites[0].routes.size(), 2u);
}

TEST_F(Serve, AsksWhichApplicationWhereThereAreSeveral) {
  EXPECT_FALSE(one());
  EXPECT_EQ(code(), "WCTL4102");
  EXPECT_EQ(diagnostics.items().back().hint, "choose one with --app: shop, blog");
}

TEST_F(Serve, AnswersAtTheMountPoint) {
  wanted.app = "blog";
  EXPECT_EQ(express::entry_path(*one()), "/blog");
}

TEST_F(Serve, OrdinaryAccountIgnoresTheUserOfTheDefinition) {
  wanted.app = "shop";
  EXPECT_FALSE(one()->apps[0].daemon.user.given);
}

TEST_F(Serve, RootTakesTheUserOfTheDefinitionOrTheOneGiven) {
  wanted.app = "shop";
  wanted.as_root = true;
  EXPECT_EQ(one()->apps[0].daemon.user.value, "shop");
  wanted.user = "www";
  EXPECT_EQ(one()->apps[0].daemon.user.value, "www");
}

TEST_F(Serve, RootWithoutAUserIsRefused) {
  wanted.app = "blog";
  wanted.as_root = true;
  EXPECT_FALSE(one());
  EXPECT_EQ(code(), "WCTL4101");
  diagnostics = {};
  wanted.user = "root";
  EXPECT_FALSE(one());
}

TEST_F(Serve, StaticFoldersReplaceARouteOfTheSamePath) {
  wanted.app = "shop";
  wanted.statics = {{"/static", "/elsewhere"}};
  const auto site = one();
  ASSERT_EQ(site->sites[0].routes.size(), 2u);
  EXPECT_EQ(site->sites[0].routes[1].directory.value, "/elsewhere");
}

TEST_F(Serve, Ipv6AddressIsWrittenInBrackets) {
  wanted.app = "shop";
  wanted.host = "::1";
  EXPECT_EQ(model::endpoints(one()->sites[0])[0].spec(), "[::1]:8000");
}

TEST_F(Serve, ApplicationWithoutASiteGetsOne) {
  const auto site = one("version: 1\napps:\n  a: {script: /srv/a.py}\n");
  ASSERT_TRUE(site);
  EXPECT_EQ(express::entry_path(*site), "/");
}

express::PrivateServer server() {
  express::PrivateServer s;
  s.root = "/tmp/a b";
  s.host = "127.0.0.1";
  s.port = 8000;
  s.wsgi_module = "/opt/mod_wsgi.so";
  s.modules = {"alias", "unixd"};
  s.built_in = {"core", "unixd"};
  s.layout = *host::layout("debian-12");
  return s;
}

std::string text(const express::PrivateServer& s) {
  diag::Diagnostics diagnostics;
  const auto printed = conf::print(express::main_configuration(s).nodes(), diagnostics);
  return printed ? printed->text : "refused";
}

TEST(PrivateServer, LoadsWhatIsNeededAndNotBuiltIn) {
  const std::string conf = text(server());
  EXPECT_NE(conf.find("LoadModule mpm_event_module \"/usr/lib/apache2/modules/mod_mpm_event.so\""),
            std::string::npos);
  EXPECT_NE(conf.find("LoadModule alias_module"), std::string::npos);
  EXPECT_EQ(conf.find("unixd_module"), std::string::npos);
  EXPECT_NE(conf.find("LoadModule wsgi_module \"/opt/mod_wsgi.so\""), std::string::npos);
  EXPECT_NE(conf.find("ServerRoot \"/tmp/a b\""), std::string::npos);
  EXPECT_EQ(conf.find("User "), std::string::npos);
}

TEST(PrivateServer, TakesTheMpmThatIsBuiltIn) {
  auto s = server();
  s.built_in.push_back("prefork");
  EXPECT_EQ(text(s).find("mpm_"), std::string::npos);
}

TEST(PrivateServer, ListensWhereTheSitesFileLeavesItToTheDistribution) {
  auto s = server();
  EXPECT_EQ(text(s).find("Listen"), std::string::npos);
  s.port = 80;
  EXPECT_NE(text(s).find("Listen 127.0.0.1:80\n"), std::string::npos);
}

TEST(BuiltIn, IsReadFromTheList) {
  EXPECT_EQ(
      express::parse_built_in("Compiled in modules:\n  core.c\n  mod_log_config.c\n  event.c\n"),
      (std::vector<std::string>{"core", "log_config", "event"}));
}

TEST(FreePort, IsOneOfThisAddress) {
  const auto port = express::free_port("127.0.0.1");
  ASSERT_TRUE(port);
  EXPECT_GT(*port, 0);
  EXPECT_FALSE(express::free_port("no address"));
}

}  // namespace
}  // namespace wsgictl
