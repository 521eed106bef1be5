// SPDX-License-Identifier: Apache-2.0
// Every directive: its context, what it takes and what it refuses (the texts: docs_test.cc).
#include "config/directives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "config/describe.h"
#include "support/configuration.h"
#include "support/directive_samples.h"

namespace wsgi::config {
namespace {

using test::Configuration;
using test::kSamples;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Directives, TheTableIsComplete) {
  EXPECT_EQ(kSamples.size(), 49u + 2u);
  std::set<std::string_view> seen;
  for (const auto& directive : directive_table()) {
    ASSERT_TRUE(kSamples.count(directive.name)) << directive.name;
    EXPECT_TRUE(seen.insert(directive.name).second) << directive.name << " twice";
    EXPECT_EQ(context_letter(directive.context), kSamples.at(directive.name).context)
        << directive.name;
    // httpd takes them as C strings.
    EXPECT_EQ(std::strlen(directive.name.data()), directive.name.size());
    EXPECT_EQ(std::strlen(directive.syntax.data()), directive.syntax.size());
    EXPECT_FALSE(directive.help.empty() || directive.fallback.empty()) << directive.name;
    bool unexplained = directive.effect == Effect::now;
    EXPECT_EQ(unexplained, directive.remark.empty()) << directive.name;
  }
  EXPECT_EQ(seen.size(), kSamples.size());
}

TEST(Directives, RemovedOnesStayUnknown) {
  for (std::string_view name :
       {"WSGILazyInitialization", "WSGINewRelicConfigFile", "WSGINewRelicEnvironment",
        "WSGIPy3kWarningFlag", "WSGIReloadMechanism", "WSGIOutputBuffering",
        "WSGIUserAuthoritative"}) {
    EXPECT_EQ(find_directive(name), nullptr) << name;
  }
  EXPECT_NE(find_directive("wsgiscriptalias"), nullptr);
}

TEST(Directives, TakeWhatTheyShould) {
  for (const auto& [name, sample] : kSamples) {
    for (std::string_view arguments : sample.good) {
      Configuration configuration;
      EXPECT_EQ(configuration.error(name, arguments), "") << name << " " << arguments;
    }
  }
}

TEST(Directives, RefuseTheRest) {
  for (const auto& [name, sample] : kSamples) {
    for (auto [arguments, id] : sample.bad) {
      Configuration configuration;
      Status status = configuration.apply(name, arguments);
      ASSERT_FALSE(status) << name << " " << arguments;
      EXPECT_EQ(status.error().id, id) << status.error().text;
      EXPECT_THAT(status.error().text, StartsWith(std::string(name)));
    }
  }
}

TEST(Tables, JsonNamesEverything) {
  std::string json = tables_json();
  for (const auto& [name, sample] : kSamples)
    EXPECT_THAT(json, HasSubstr("\"" + std::string(name)));
  for (const auto& option : daemon_option_table()) {
    EXPECT_THAT(json, HasSubstr("\"name\": \"" + std::string(option.name) + "\""));
  }
}

}  // namespace
}  // namespace wsgi::config
