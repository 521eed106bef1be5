// SPDX-License-Identifier: Apache-2.0
// Every option of WSGIDaemonProcess: default, bounds, type, error text; then accounts.
#include "config/daemon_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <map>
#include <set>

#include "config/identity.h"
#include "config/values.h"

namespace wsgi::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const DaemonOption& row(std::string_view name) {
  for (const auto& option : daemon_option_table()) {
    if (option.name == name) return option;
  }
  throw std::runtime_error("no such option");
}

// The value of the row's member, as text.
std::string value_of(const DaemonOptions& options, const DaemonOption& option) {
  return std::visit(
      [&]<typename M>(M DaemonOptions::*member) -> std::string {
        const M& value = options.*member;
        if constexpr (std::is_same_v<M, std::string>) return value;
        if constexpr (std::is_same_v<M, bool>) return value ? "On" : "Off";
        if constexpr (std::is_same_v<M, std::vector<std::string>>) {
          std::string all;
          for (const auto& item : value) all += (all.empty() ? "" : ",") + item;
          return all;
        }
        if constexpr (std::is_arithmetic_v<M>) return std::to_string(value);
        return {};
      },
      option.member);
}

Result<DaemonOptions> parse(std::string_view option, std::string_view value) {
  return parse_daemon_process("app " + std::string(option) + "=" + std::string(value));
}

void expect_refused(const DaemonOption& option, std::string_view value, ErrorId id) {
  auto parsed = parse(option.name, value);
  ASSERT_FALSE(parsed) << option.name << "=" << value;
  EXPECT_EQ(parsed.error().id, id) << parsed.error().text;
  std::string prefix = "WSGIDaemonProcess 'app' option '" + std::string(option.name) + "': ";
  std::string what = value == "''" ? "empty value" : "bad value " + quote(value);
  std::string allowed = "; must be " + allowed_values(option);
  if (option.type == OptionType::paths && value == "/a,b") what = "relative path 'b'";
  EXPECT_EQ(parsed.error().text, prefix + what + allowed);
}

void expect_taken(const DaemonOption& option, std::string_view value, std::string_view stored) {
  auto parsed = parse(option.name, value);
  ASSERT_TRUE(parsed) << parsed.error().text;
  EXPECT_EQ(value_of(*parsed, option), stored) << option.name;
  if (option.given) {
    EXPECT_TRUE((*parsed).*option.given) << option.name;
  }
}

TEST(DaemonOptions, TheTableIsComplete) {
  // The reference page's options, and ours: python, overlap, environment-file.
  const std::set<std::string_view> want = {"user",
                                           "group",
                                           "supplementary-groups",
                                           "umask",
                                           "chroot",
                                           "home",
                                           "lang",
                                           "locale",
                                           "display-name",
                                           "python-home",
                                           "python-path",
                                           "python-eggs",
                                           "switch-interval",
                                           "processes",
                                           "threads",
                                           "stack-size",
                                           "listen-backlog",
                                           "maximum-requests",
                                           "restart-interval",
                                           "inactivity-timeout",
                                           "startup-timeout",
                                           "request-timeout",
                                           "interrupt-timeout",
                                           "deadlock-timeout",
                                           "graceful-timeout",
                                           "eviction-timeout",
                                           "shutdown-timeout",
                                           "connect-timeout",
                                           "socket-timeout",
                                           "queue-timeout",
                                           "response-socket-timeout",
                                           "response-flush-delay",
                                           "send-buffer-size",
                                           "receive-buffer-size",
                                           "header-buffer-size",
                                           "response-buffer-size",
                                           "cpu-time-limit",
                                           "cpu-priority",
                                           "memory-limit",
                                           "virtual-memory-limit",
                                           "socket-user",
                                           "script-user",
                                           "script-group",
                                           "server-metrics",
                                           "python",
                                           "overlap",
                                           "environment-file"};
  std::set<std::string_view> have;
  for (const auto& option : daemon_option_table()) {
    EXPECT_TRUE(have.insert(option.name).second) << option.name << " twice";
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_FALSE(option.fallback.empty()) << option.name;
    bool explained = option.effect == Effect::now;
    EXPECT_NE(explained, !option.remark.empty()) << option.name;
  }
  EXPECT_EQ(have, want);
}

TEST(DaemonOptions, DefaultsAreThoseShown) {
  auto parsed = parse_daemon_process("app");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "app");
  DaemonOptions untouched;
  untouched.name = "app";
  EXPECT_EQ(*parsed, untouched);
  for (const auto& option : daemon_option_table()) {
    bool shown = option.type == OptionType::flag || option.type == OptionType::buffer ||
                 (option.type == OptionType::number && option.name != "stack-size");
    if (shown) {
      EXPECT_EQ(value_of(*parsed, option), option.fallback) << option.name;
    }
  }
}

TEST(DaemonOptions, NumbersKeepTheirBounds) {
  int walked = 0;
  for (const auto& option : daemon_option_table()) {
    if (option.type != OptionType::number && option.type != OptionType::buffer) continue;
    ++walked;
    bool buffer = option.type == OptionType::buffer;
    std::string low = std::to_string(option.low), high = std::to_string(option.high);
    expect_taken(option, low, low);
    expect_taken(option, high, high);
    expect_taken(option, "'" + high + "'", high);
    if (option.high >= INT32_MAX) expect_taken(option, "2147483647", "2147483647");
    if (option.low <= 0) expect_taken(option, "0", "0");
    if (option.high < INT64_MAX) {
      expect_refused(option, std::to_string(option.high + 1), ErrorId::cfg_number);
    }
    expect_refused(option, std::to_string(option.low - 1),
                   buffer ? ErrorId::cfg_buffer_min : ErrorId::cfg_number);
    expect_refused(option, high + "0", ErrorId::cfg_number);
    if (buffer) {
      expect_taken(option, "0", "0");
      expect_refused(option, "-1", ErrorId::cfg_number);
    }
    for (std::string_view bad : {"abc", "5s", "10k", "1.5", "0x10", "1e3", "-", "5,"}) {
      expect_refused(option, bad, ErrorId::cfg_number);
    }
    expect_refused(option, "''", ErrorId::cfg_option_empty);
  }
  EXPECT_EQ(walked, 27);
}

TEST(DaemonOptions, BoundsOfTheReference) {
  const std::map<std::string_view, std::pair<std::int64_t, std::int64_t>> want = {
      {"threads", {0, 65533}},
      {"cpu-priority", {-20, 20}},
      {"send-buffer-size", {512, INT32_MAX}},
      {"receive-buffer-size", {512, INT32_MAX}},
      {"header-buffer-size", {8192, INT32_MAX}},
      {"response-buffer-size", {65536, INT32_MAX}},
      {"stack-size", {1, INT64_MAX}},
      {"memory-limit", {0, INT64_MAX}},
      {"request-timeout", {0, INT32_MAX}}};
  for (const auto& [name, bounds] : want) {
    EXPECT_EQ(row(name).low, bounds.first) << name;
    EXPECT_EQ(row(name).high, bounds.second) << name;
  }
  EXPECT_EQ(row("processes").low, 1);
}

TEST(DaemonOptions, OtherTypesKeepTheirRules) {
  int walked = 0;
  for (const auto& option : daemon_option_table()) {
    if (option.type == OptionType::number || option.type == OptionType::buffer) continue;
    ++walked;
    expect_refused(option, "''", ErrorId::cfg_option_empty);
    switch (option.type) {
      case OptionType::text:
        expect_taken(option, "'a b'", "a b");
        break;
      case OptionType::path:
        expect_taken(option, "/srv/x", "/srv/x");
        expect_refused(option, "srv/x", ErrorId::cfg_path_relative);
        break;
      case OptionType::runtime:
        for (std::string_view good : {"3.11", "3.13t", "/opt/wsgi-daemon-py3.11"}) {
          expect_taken(option, good, good);
        }
        for (std::string_view bad : {"3", "3.", "3.11.2", "python3.11", "t", "./x"}) {
          expect_refused(option, bad, ErrorId::cfg_value);
        }
        break;
      case OptionType::user:
      case OptionType::group:
        expect_taken(option, "name", "name");
        expect_taken(option, "#1000", "#1000");
        expect_refused(option, "#10x", ErrorId::cfg_number);
        expect_refused(option, "#-1", ErrorId::cfg_number);
        break;
      case OptionType::names:
        expect_taken(option, "a,#5", "a,#5");
        expect_refused(option, "a,,b", ErrorId::cfg_option_empty);
        break;
      case OptionType::paths:
        expect_taken(option, "/a,/b", "/a,/b");
        expect_refused(option, "/a,b", ErrorId::cfg_path_relative);
        expect_refused(option, "/a,", ErrorId::cfg_option_empty);
        break;
      case OptionType::octal:
        expect_taken(option, "027", std::to_string(027));
        expect_taken(option, "0", "0");
        expect_refused(option, "028", ErrorId::cfg_umask);
        expect_refused(option, "1000", ErrorId::cfg_umask);
        expect_refused(option, "-1", ErrorId::cfg_umask);
        break;
      case OptionType::seconds_f:
        expect_taken(option, "0.005", std::to_string(0.005));
        for (std::string_view bad : {"0", "-1", "1s", "nan", "inf"}) {
          expect_refused(option, bad, ErrorId::cfg_number);
        }
        break;
      case OptionType::flag:
        expect_taken(option, "ON", "On");
        expect_taken(option, "off", "Off");
        expect_refused(option, "1", ErrorId::cfg_onoff);
        break;
      case OptionType::number:
      case OptionType::buffer:
        FAIL();
    }
  }
  EXPECT_EQ(walked + 27, static_cast<int>(daemon_option_table().size()));
}

TEST(DaemonOptions, TextsOfErrors) {
  auto text = [](std::string_view arguments) {
    auto parsed = parse_daemon_process(arguments);
    return parsed ? std::string() : parsed.error().text;
  };
  EXPECT_EQ(text("shop threads=abc"),
            "WSGIDaemonProcess 'shop' option 'threads': bad value 'abc'; must be a whole number "
            "from 0 to 65533");
  EXPECT_EQ(text("shop shutdown-timeout=5s"),
            "WSGIDaemonProcess 'shop' option 'shutdown-timeout': bad value '5s'; must be a whole "
            "number from 0 to 2147483647 s");
  EXPECT_EQ(text("shop send-buffer-size=511"),
            "WSGIDaemonProcess 'shop' option 'send-buffer-size': bad value '511'; must be 0, or a "
            "whole number from 512 to 2147483647 bytes");
  EXPECT_THAT(text("shop thread=5"),
              StartsWith("WSGIDaemonProcess 'shop': unknown option 'thread'; did you mean "
                         "'threads'? The options are: user group supplementary-groups umask"));
  EXPECT_THAT(text("shop Threads=5"),
              HasSubstr("unknown option 'Threads'; did you mean 'threads'?"));
  EXPECT_THAT(text(""), HasSubstr("the name of the group is missing"));
  EXPECT_THAT(text("''"), HasSubstr("the name of the group is missing"));
  EXPECT_EQ(text("shop script-user=a script-group=b"),
            "WSGIDaemonProcess 'shop': script-user and script-group together; give one of them");
}

TEST(DaemonOptions, TheLastOfTwoWins) {
  auto parsed = parse_daemon_process("'my group' threads=3 threads=4 display-name='a b'");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "my group");
  EXPECT_EQ(parsed->threads, 4u);
  EXPECT_EQ(parsed->display_name, "a b");
  EXPECT_FALSE(parsed->processes_given);
  auto given = options_given("app threads=1 processes=1 threads=2");
  ASSERT_EQ(given.size(), 2u);
  EXPECT_EQ(given[1]->name, "processes");
}

class Identity : public testing::Test {
 protected:
  // Another account than root, as Apache would have; "nobody" or any.
  void SetUp() override {
    setpwent();
    while (const passwd* entry = getpwent()) {
      if (entry->pw_uid == 0) continue;
      server = {true, entry->pw_uid, entry->pw_gid, entry->pw_name};
      break;
    }
    endpwent();
    if (server.uid == 0) GTEST_SKIP() << "no account but root";
    options.name = "app";
  }
  std::string refusal() {
    Status status = check_accounts(options);
    return status ? "" : status.error().text;
  }
  ServerIdentity server;
  DaemonOptions options;
};

TEST_F(Identity, UnsetIsApaches) {
  ASSERT_TRUE(resolve_identity(options, server));
  EXPECT_TRUE(options.has_identity);
  EXPECT_EQ(options.uid, server.uid);
  EXPECT_EQ(options.gid, server.gid);
  EXPECT_EQ(options.user_name, server.user_name);
  EXPECT_FALSE(options.user_home.empty());
  for (auto gid : options.groups) EXPECT_NE(gid, options.gid);
}

TEST_F(Identity, GroupIsApachesUnlessGiven) {
  options.user = server.user_name;
  options.group = "#12345";
  options.supplementary_groups = {"#12345", "#23456"};
  options.has_supplementary_groups = true;
  ASSERT_TRUE(resolve_identity(options, server));
  EXPECT_EQ(options.gid, 12345u);
  EXPECT_EQ(options.groups, std::vector<std::uint32_t>{23456});
}

TEST_F(Identity, NotRootMeansOneself) {
  server.root = false;
  ASSERT_TRUE(resolve_identity(options, server));
  EXPECT_FALSE(options.has_identity);
  EXPECT_EQ(options.uid, geteuid());
  options.chroot = "/x";
  auto status = resolve_identity(options, server);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().id, ErrorId::cfg_chroot_not_root);
}

TEST_F(Identity, RootIsRefused) {
  for (std::string_view root : {"root", "#0"}) {
    options.user = root;
    EXPECT_THAT(refusal(), HasSubstr("WSGIDaemonProcess 'app' option 'user'"));
    EXPECT_THAT(refusal(), HasSubstr("is root; must be another than root"));
  }
  options.user.clear();
  server.uid = 0;
  auto status = resolve_identity(options, server);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().id, ErrorId::cfg_user_root);
}

TEST_F(Identity, UnknownNamesAreRefused) {
  const std::pair<std::string DaemonOptions::*, std::string_view> members[] = {
      {&DaemonOptions::user, "user"},
      {&DaemonOptions::socket_user, "socket-user"},
      {&DaemonOptions::script_user, "script-user"},
      {&DaemonOptions::group, "group"},
      {&DaemonOptions::script_group, "script-group"}};
  for (auto [member, name] : members) {
    options = {};
    options.name = "app";
    options.*member = "no-such-account";
    EXPECT_THAT(refusal(), HasSubstr("option '" + std::string(name) + "': unknown "));
    EXPECT_THAT(refusal(), HasSubstr("'no-such-account'"));
  }
  options = {};
  options.supplementary_groups = {"no-such-group"};
  EXPECT_THAT(refusal(), HasSubstr("unknown group 'no-such-group'"));
  options.supplementary_groups.clear();
  options.user = "#3999999999";
  EXPECT_THAT(refusal(), HasSubstr("unknown user '#3999999999'"));
}

}  // namespace
}  // namespace wsgi::config
