// SPDX-License-Identifier: Apache-2.0
// Aliases against paths, and names of groups, callables and scripts.
#include <gtest/gtest.h>

#include <map>

#include "config/alias.h"
#include "config/group_name.h"
#include "config/script_options.h"

namespace wsgi::config {
namespace {

TEST(Alias, Matches) {
  struct Case {
    std::string_view alias, path;
    int covered;  // -1: does not match
  };
  const Case cases[] = {
      {"/foo", "/foo", 4},
      {"/foo", "/foo/x", 4},
      {"/foo", "/foobar", -1},
      {"/foo", "/fo", -1},
      {"/foo", "/Foo", -1},
      {"/foo", "//foo/x", 5},
      {"/foo", "/foo//x", 4},
      {"/a/b", "/a///b/c", 6},
      {"//a", "/a/b", 2},
      {"/foo/", "/foo/bar", 5},
      {"/foo/", "/foo//bar", 6},
      {"/foo/", "/foo", -1},
      {"/foo/", "/foo/", 5},
      {"/", "/", 0},
      {"/", "/x/y", 0},
      {"/", "//x", 0},
      {"/", "x", -1},
      {"/", "", -1},
      {"", "/x", -1},
      {"/a b", "/a b/c", 4},
      {"/f\xc3\xa9", "/f\xc3\xa9/x", 4},
      {"foo", "/foo", -1},
      {"/foo", "", -1},
      {"/foo/bar", "/foobar", -1},
  };
  for (const auto& c : cases) {
    auto covered = match_alias(c.alias, c.path);
    EXPECT_EQ(covered ? static_cast<int>(*covered) : -1, c.covered) << c.alias << " " << c.path;
  }
}

struct FakeEnvironment final : Environment {
  std::map<std::string, std::string, std::less<>> values;
  std::optional<std::string_view> find(std::string_view name) const override {
    auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional<std::string_view>(it->second);
  }
};

class GroupName : public testing::Test {
 protected:
  GroupName() {
    facts = {"www.example.com", 8080, "other.example.com", "/shop"};
    environment.values = {{"G", "blue"},
                          {"EMPTY", ""},
                          {"SERVER", "%{SERVER}"},
                          {"AGAIN", "%{ENV:G}"},
                          {"ODD", "%{FOO}"},
                          {"GLOBAL", "%{GLOBAL}"},
                          {"RESOURCE", "%{RESOURCE}"}};
  }
  std::string group(std::string_view value) {
    return std::string(expand_group(value, facts, environment, &memory));
  }
  std::pmr::monotonic_buffer_resource memory;
  RequestFacts facts;
  FakeEnvironment environment;
};

TEST_F(GroupName, Table) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"plain", "plain"},
      {"", ""},
      {"%{GLOBAL}", ""},
      {"%{SERVER}", "www.example.com:8080"},
      {"%{HOST}", "other.example.com:8080"},
      {"%{RESOURCE}", "www.example.com:8080|/shop"},
      {"%{ENV:G}", "blue"},
      {"%{ENV:EMPTY}", ""},
      {"%{ENV:GLOBAL}", ""},
      {"%{ENV:SERVER}", "www.example.com:8080"},
      {"%{ENV:RESOURCE}", "www.example.com:8080|/shop"},
      {"%{ENV:AGAIN}", "%{ENV:G}"},
      {"%{ENV:ODD}", "%{FOO}"},
      {"%{ENV:missing}", "%{ENV:missing}"},
      {"%{FOO}", "%{FOO}"},
      {"%{GLOBAL}x", "%{GLOBAL}x"},
      {"x%{GLOBAL}", "x%{GLOBAL}"},
      {"%{global}", "%{global}"},
      {"%", "%"},
      {"%{ENV:", "%{ENV:"},
  };
  for (auto [value, want] : cases) EXPECT_EQ(group(value), want) << value;
}

TEST_F(GroupName, WellKnownPortsAreNotShown) {
  for (unsigned port : {80u, 443u}) {
    facts.port = port;
    EXPECT_EQ(group("%{RESOURCE}"), "www.example.com|/shop");
    EXPECT_EQ(group("%{SERVER}"), "www.example.com");
  }
  facts.host = "";
  EXPECT_EQ(group("%{HOST}"), "www.example.com");
}

TEST_F(GroupName, ComposedNamesEndWithNul) {
  auto name = expand_group("%{RESOURCE}", facts, environment, &memory);
  EXPECT_EQ(name.data()[name.size()], '\0');
}

TEST_F(GroupName, HooksKnowThreeForms) {
  auto hook = [&](std::string_view v) { return std::string(expand_hook_group(v, facts, &memory)); };
  EXPECT_EQ(hook("%{GLOBAL}"), "");
  EXPECT_EQ(hook("%{SERVER}"), "www.example.com:8080");
  EXPECT_EQ(hook("%{HOST}"), "other.example.com:8080");
  EXPECT_EQ(hook("%{RESOURCE}"), "%{RESOURCE}");
  EXPECT_EQ(hook("%{ENV:G}"), "%{ENV:G}");
}

TEST_F(GroupName, Callables) {
  EXPECT_EQ(expand_callable("app", environment), "app");
  EXPECT_EQ(expand_callable("%{ENV:G}", environment), "blue");
  for (std::string_view odd :
       {"%{ENV:missing}", "%{ENV:ODD}", "%{ENV:AGAIN}", "%{ENV:EMPTY}", "%{GLOBAL}", "%x"}) {
    EXPECT_EQ(expand_callable(odd, environment), "application") << odd;
  }
}

TEST_F(GroupName, ScriptNames) {
  struct Case {
    std::string_view path, path_info, script;
  };
  const Case cases[] = {
      {"/shop/cart/1", "/cart/1", "/shop"},
      {"/shop", "", "/shop"},
      {"/a//b", "", "/a/b"},
      {"/shop//cart", "/cart", "/shop"},
      {"/shop/", "/", "/shop"},
      {"/x", "/x", ""},
      {"//shop///a//b", "/a/b", "/shop"},
      {"/shop/x", "/y", "/shop/x"},
      {"/shop/a", "///a", "/shop"},
      {"", "", ""},
      {"/a", "/b/a", "/a"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(script_name_of(c.path, c.path_info, true, &memory), c.script) << c.path;
  }
  EXPECT_EQ(script_name_of("/Shop/X", "/X", false, &memory), "/shop");
  EXPECT_EQ(script_length("/shop//cart", "/cart"), 5u);
  EXPECT_EQ(script_length("/api", "/updates"), 4u);
  EXPECT_EQ(script_length("/api/x//y", "/updates/x/y"), 4u);
  EXPECT_EQ(script_length("/x", "/updates/x"), 0u);
}

TEST(RestrictProcess, IgnoresCase) {
  const std::string_view list[] = {"Shop", ""};
  EXPECT_TRUE(permits(list, "shop"));
  EXPECT_TRUE(permits(list, ""));
  EXPECT_FALSE(permits(list, "shop2"));
  EXPECT_FALSE(permits({}, ""));
}

TEST(Preloading, NeedsBothFixedGroups) {
  ScriptAlias alias{"/", "/srv/app.wsgi", {}, false, {"f", 3}};
  EXPECT_FALSE(preload_of(alias));
  alias.options.process_group = "app";
  EXPECT_FALSE(preload_of(alias));
  alias.options.application_group = "%{GLOBAL}";
  ASSERT_TRUE(preload_of(alias));
  EXPECT_EQ(preload_of(alias)->application_group, "");
  EXPECT_EQ(preload_of(alias)->process_group, "app");
  EXPECT_EQ(preload_of(alias)->script, "/srv/app.wsgi");
  alias.options.application_group = "%{RESOURCE}";
  EXPECT_FALSE(preload_of(alias));
  alias.options.application_group = "x%{RESOURCE}";
  EXPECT_FALSE(preload_of(alias));
  alias.options.application_group = "main";
  alias.expression = true;
  EXPECT_TRUE(preload_of(alias));
  alias.target = "/srv/$1.wsgi";
  EXPECT_FALSE(preload_of(alias));
}

TEST(ScriptOptions, Errors) {
  std::pmr::monotonic_buffer_resource memory;
  auto text = [&](std::string_view options, unsigned allowed, unsigned required = 0) {
    auto parsed = parse_script_options("D", options, allowed, required, &memory);
    return parsed ? std::string() : parsed.error().text;
  };
  EXPECT_EQ(text("proces-group=a", kOptProcessGroup | kOptApplicationGroup),
            "D: unknown option 'proces-group'; did you mean 'process-group'? The options are: "
            "process-group application-group");
  EXPECT_EQ(text("callable-object=a", kOptProcessGroup),
            "D: unknown option 'callable-object'; The options are: process-group");
  EXPECT_EQ(text("process-group=", kOptProcessGroup),
            "D option 'process-group': empty value; give a name");
  EXPECT_EQ(text("pass-authorization=maybe", kOptPassAuthorization),
            "D option 'pass-authorization': bad value 'maybe'; must be one of: Off | On");
  EXPECT_EQ(text("process-group=a", 3, 3),
            "D option 'application-group': missing; this option must be given");
  EXPECT_EQ(text("process-group=a application-group=b", 3, 3), "");
}

}  // namespace
}  // namespace wsgi::config
