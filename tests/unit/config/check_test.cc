// SPDX-License-Identifier: Apache-2.0
// Process groups over the whole configuration: twice, not at all, out of reach.
#include "config/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "config/daemon_options.h"

namespace wsgi::config {
namespace {

using testing::HasSubstr;

class Check : public testing::Test {
 protected:
  ServerSettings& server(std::string_view name, bool base = false) {
    settings.emplace_back();
    facts.push_back({name, base, &settings.back()});
    return settings.back();
  }
  static void declare(ServerSettings& server, std::string_view options, unsigned line) {
    server.daemons.push_back({*parse_daemon_process(options), {"a.conf", line}});
  }
  static void use(ServerSettings& server, std::string_view group) {
    server.imports.push_back({"/s.py", group, "", {"b.conf", 9}});
  }
  std::string error() {
    notices.clear();
    Status status = check_groups(facts, notices);
    return status ? ""
                  : std::string(error_info(status.error().id).key) + ": " + status.error().text;
  }
  std::deque<ServerSettings> settings;
  std::vector<ServerFacts> facts;
  std::vector<Notice> notices;
};

TEST_F(Check, TwiceInTwoServers) {
  declare(server("base", true), "app", 3);
  auto& one = server("one");
  declare(one, "app", 12);
  EXPECT_EQ(error(), "") << "the base server's is the virtual host's too";
  one.daemons[0].options.threads = 6;
  EXPECT_EQ(error(),
            "cfg_group_duplicate: WSGIDaemonProcess 'app': defined twice, at a.conf:3 and "
            "a.conf:12; give the groups different names");
}

TEST_F(Check, TwiceInOneServer) {
  auto& base = server("base", true);
  declare(base, "app threads=5", 3);
  declare(base, "app threads=5", 4);
  EXPECT_EQ(error(), "");
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_THAT(notices[0].text, HasSubstr("a.conf:3 and a.conf:4; the second has no effect"));
  declare(base, "app threads=6", 5);
  EXPECT_THAT(error(), HasSubstr("cfg_group_duplicate: "));
}

// As certbot leaves it: the virtual host of port 80 copied to 443.
TEST_F(Check, TwiceInVirtualHostsOfOneName) {
  server("base", true);
  declare(server("one"), "app threads=5", 3);
  auto& copy = server("ONE");
  declare(copy, "app threads=5", 13);
  EXPECT_EQ(error(), "");
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].text,
            "WSGIDaemonProcess 'app' is defined twice with the same options, at a.conf:3 and "
            "a.conf:13; the second has no effect");
  copy.daemons[0].options.threads = 6;
  EXPECT_EQ(error(),
            "cfg_group_duplicate: WSGIDaemonProcess 'app': defined twice, at a.conf:3 and "
            "a.conf:13; give the groups different names");
}

TEST_F(Check, NotDefined) {
  auto& base = server("base", true);
  declare(base, "shop", 3);
  use(base, "");
  EXPECT_EQ(error(), "");
  use(base, "shopp");
  EXPECT_EQ(error(),
            "cfg_group_unknown: WSGIDaemonProcess 'shopp': not defined, but named for script "
            "'/s.py' (b.conf:9); define it with WSGIDaemonProcess, or did you mean 'shop'?");
}

TEST_F(Check, OutOfReach) {
  server("base", true);
  declare(server("one"), "app", 3);
  auto& two = server("two");
  use(two, "app");
  EXPECT_THAT(error(), HasSubstr("cfg_group_inaccessible: WSGIDaemonProcess 'app': defined in the "
                                 "virtual host 'one' (a.conf:3), but script '/s.py' (b.conf:9) is "
                                 "of the virtual host 'two'; "));
  facts[2].name = "ONE";
  EXPECT_EQ(error(), "");
  facts[2].name = "";
  EXPECT_THAT(error(), HasSubstr("cfg_group_unmatchable: "));
  facts[1].name = "";
  EXPECT_THAT(error(), HasSubstr("cfg_group_unmatchable: "));
}

TEST_F(Check, ReachableFromEverywhere) {
  auto& base = server("base", true);
  declare(base, "app", 3);
  auto& one = server("");
  declare(one, "own", 4);
  use(one, "app");
  use(one, "own");
  EXPECT_EQ(error(), "");
}

TEST(Notices, AreSaidOnce) {
  const Notice notices[] = {{ErrorId::cfg_no_effect, "A"},
                            {ErrorId::cfg_deprecated, "d"},
                            {ErrorId::cfg_no_effect_info, "A"},
                            {ErrorId::cfg_deprecated, "d"},
                            {ErrorId::cfg_no_effect, "A"}};
  auto lines = condensed(notices);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].text, "d");
  EXPECT_EQ(lines[2].id, ErrorId::cfg_no_effect_info);
  EXPECT_TRUE(condensed({}).empty());
}

}  // namespace
}  // namespace wsgi::config
