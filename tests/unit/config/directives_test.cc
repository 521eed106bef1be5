// SPDX-License-Identifier: Apache-2.0
// Every directive: its context, what it takes and what it refuses; the page that is made of them.
#include "config/directives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/describe.h"
#include "support/configuration.h"

namespace wsgi::config {
namespace {

using test::Configuration;
using testing::HasSubstr;
using testing::StartsWith;

struct Sample {
  char context;
  std::vector<std::string_view> good;
  std::vector<std::pair<std::string_view, ErrorId>> bad;
};

const std::vector<std::pair<std::string_view, ErrorId>> kBadSwitch = {
    {"", ErrorId::cfg_arguments}, {"On Off", ErrorId::cfg_arguments}, {"1", ErrorId::cfg_onoff}};
const Sample kFlagG = {'G', {"On", "off"}, kBadSwitch};
const Sample kFlagF = {'F', {"On", "off"}, kBadSwitch};
const Sample kFlagD = {'D', {"On", "off"}, kBadSwitch};
const Sample kFlagA = {'A', {"On", "off"}, kBadSwitch};

Sample word(char context, std::vector<std::string_view> good) {
  return {context,
          good,
          {{"", ErrorId::cfg_arguments},
           {"a b", ErrorId::cfg_arguments},
           {"''", ErrorId::cfg_option_empty}}};
}
Sample hook(char context) {
  return {context,
          {"/s.py", "/s.py application-group=x"},
          {{"", ErrorId::cfg_arguments},
           {"s.py", ErrorId::cfg_path_relative},
           {"/s.py process-group=x", ErrorId::cfg_option_unknown},
           {"/s.py application-group=", ErrorId::cfg_option_empty}}};
}

// Written from the specification, not from the table.
const std::map<std::string_view, Sample> kSamples = {
    {"WSGIScriptAlias",
     {'S',
      {"/ /srv/a.wsgi",
       "/x '/srv/a b' process-group=p application-group=a callable-object=c "
       "pass-authorization=On"},
      {{"", ErrorId::cfg_arguments},
       {"/x", ErrorId::cfg_arguments},
       {"/x srv/a.wsgi", ErrorId::cfg_path_relative},
       {"/x /a colour=red", ErrorId::cfg_option_unknown},
       {"/x /a word", ErrorId::cfg_option_unknown},
       {"/x /a process-group=", ErrorId::cfg_option_empty},
       {"/x /a callable-object=''", ErrorId::cfg_option_empty},
       {"/x /a pass-authorization=1", ErrorId::cfg_onoff}}}},
    {"WSGIScriptAliasMatch",
     {'S',
      {"^/x/(.*) /srv/$1.wsgi", "^(/.*) $1"},
      {{"^/x", ErrorId::cfg_arguments}, {"^/x a.wsgi", ErrorId::cfg_path_relative}}}},
    {"WSGIHandlerScript",
     {'D',
      {"name /s.py process-group=p application-group=a pass-authorization=Off"},
      {{"name", ErrorId::cfg_arguments},
       {"name s.py", ErrorId::cfg_path_relative},
       {"name /s.py callable-object=x", ErrorId::cfg_option_unknown}}}},
    {"WSGIDispatchScript", hook('D')},
    {"WSGICallableObject", word('F', {"application", "%{ENV:X}"})},
    {"WSGIImportScript",
     {'S',
      {"/s.py process-group=p application-group=a"},
      {{"/s.py process-group=p", ErrorId::cfg_arguments},
       {"/s.py application-group=p", ErrorId::cfg_arguments},
       {"s.py process-group=p application-group=a", ErrorId::cfg_path_relative},
       {"", ErrorId::cfg_arguments}}}},
    {"WSGIScriptReloading", kFlagF},
    {"WSGICaseSensitivity", kFlagG},
    {"WSGIProcessGroup", word('D', {"app", "%{GLOBAL}"})},
    {"WSGIApplicationGroup", word('D', {"app", "%{RESOURCE}"})},
    {"WSGIRestrictProcess", {'D', {"", "a b %{GLOBAL}"}, {}}},
    {"WSGIRestrictEmbedded", kFlagG},
    {"WSGIDaemonProcess",
     {'S',
      {"app", "app threads=5"},
      {{"", ErrorId::cfg_arguments}, {"app x=1", ErrorId::cfg_option_unknown}}}},
    {"WSGISocketPrefix", word('G', {"run/wsgi"})},
    {"WSGISocketRotation", kFlagG},
    {"WSGIAcceptMutex",
     {'G',
      {"default", "flock", "fcntl", "sysvsem", "posixsem", "pthread"},
      {{"spin", ErrorId::cfg_mutex}}}},
    {"WSGIPythonHome", word('G', {"/usr", "/a:/b"})},
    {"WSGIPythonPath", word('G', {"/a:/b"})},
    {"WSGIPythonEggs", word('G', {"/a"})},
    {"WSGIPythonOptimize",
     {'G',
      {"0", "1", "2"},
      {{"3", ErrorId::cfg_optimize}, {"-1", ErrorId::cfg_optimize}, {"x", ErrorId::cfg_optimize}}}},
    {"WSGIPythonWarnings", word('G', {"ignore::DeprecationWarning"})},
    {"WSGIPythonHashSeed",
     {'G',
      {"random", "0", "4294967295"},
      {{"4294967296", ErrorId::cfg_hashseed},
       {"-1", ErrorId::cfg_hashseed},
       {"x", ErrorId::cfg_hashseed}}}},
    {"WSGIDontWriteBytecode", kFlagG},
    {"WSGISwitchInterval",
     {'G',
      {"0.001", "5"},
      {{"0", ErrorId::cfg_interval},
       {"-1", ErrorId::cfg_interval},
       {"5ms", ErrorId::cfg_interval}}}},
    {"WSGIDestroyInterpreter", kFlagG},
    {"WSGIPerInterpreterGIL", kFlagG},
    {"WSGIFreeThreading", kFlagG},
    {"<WSGIInterpreterOptions",
     {'G',
      {">", "process-group=a>", "Application-Group=\"a b\" PROCESS-GROUP=%{GLOBAL}>"},
      {{"", ErrorId::cfg_interp_selector},
       {"process-group=a", ErrorId::cfg_interp_selector},
       {"process-group=a process-group=b>", ErrorId::cfg_interp_selector},
       {"group=a>", ErrorId::cfg_interp_selector},
       {"word>", ErrorId::cfg_interp_selector}}}},
    {"WSGIRestrictStdin", kFlagG},
    {"WSGIRestrictStdout", kFlagG},
    {"WSGIRestrictSignal", kFlagG},
    {"WSGIPassAuthorization", kFlagF},
    {"WSGIChunkedRequest", kFlagF},
    {"WSGIMapHEADToGET",
     {'F', {"On", "OFF", "auto"}, {{"maybe", ErrorId::cfg_onoff}, {"", ErrorId::cfg_arguments}}}},
    {"WSGIErrorOverride", kFlagF},
    {"WSGIEnableSendfile", kFlagF},
    {"WSGIIgnoreActivity", kFlagF},
    {"WSGIPassApacheRequest", kFlagD},
    {"WSGITrustedProxyHeaders",
     {'F',
      {"X-Forwarded-For X-Nonsense"},
      {{"", ErrorId::cfg_arguments},
       {"X_Real_IP", ErrorId::cfg_proxy_header},
       {"X-A 'b c'", ErrorId::cfg_proxy_header}}}},
    {"WSGITrustedProxies",
     {'F',
      {"10.0.0.1 10.0.0.0/8 10.0.0.0/255.0.0.0 ::1 2001:db8::/32"},
      {{"", ErrorId::cfg_arguments},
       {"localhost", ErrorId::cfg_proxy_address},
       {"10.0.0.0/33", ErrorId::cfg_proxy_address},
       {"10.0.0.0/255.0.255.0", ErrorId::cfg_proxy_address},
       {"::/129", ErrorId::cfg_proxy_address},
       {"10.0.0.1:80", ErrorId::cfg_proxy_address},
       {"10.0.0.0/", ErrorId::cfg_proxy_address},
       {"10.0.0.0/+8", ErrorId::cfg_proxy_address}}}},
    {"WSGIAccessScript", hook('A')},
    {"WSGIAuthUserScript", hook('A')},
    {"WSGIAuthGroupScript", hook('A')},
    {"WSGIGroupAuthoritative", kFlagA},
    {"WSGIServerMetrics", kFlagG},
    {"WSGITelemetryService",
     {'G',
      {"unix:/run/t.sock", "unix:/run/t.sock interval=0.5"},
      {{"", ErrorId::cfg_arguments},
       {"/run/t.sock", ErrorId::cfg_telemetry},
       {"unix:", ErrorId::cfg_telemetry},
       {"unix:x", ErrorId::cfg_telemetry},
       {"unix:/x interval=0.4", ErrorId::cfg_telemetry},
       {"unix:/x every=5", ErrorId::cfg_telemetry},
       {"unix:/x interval=1 interval=2", ErrorId::cfg_telemetry}}}},
    {"WSGISlowRequests",
     {'G', {"0", "2.5"}, {{"-1", ErrorId::cfg_telemetry}, {"1s", ErrorId::cfg_telemetry}}}},
    {"WSGITelemetryOptions",
     {'G',
      {"None", "All", "+captureuseragent", "-CaptureUserAgent", "CaptureUserAgent"},
      {{"", ErrorId::cfg_arguments},
       {"+", ErrorId::cfg_telemetry},
       {"+All", ErrorId::cfg_telemetry},
       {"-None", ErrorId::cfg_telemetry},
       {"Colour", ErrorId::cfg_telemetry},
       {"All +CaptureUserAgent", ErrorId::cfg_telemetry},
       {"+CaptureUserAgent None", ErrorId::cfg_telemetry}}}},
    {"WSGIVerboseDebugging", kFlagG},
    // ours
    {"WSGIPythonRuntime",
     {'G',
      {"3.11", "3.13t"},
      {{"3", ErrorId::cfg_value},
       {"python3.11", ErrorId::cfg_value},
       {"3.11.2", ErrorId::cfg_value},
       {"/usr/bin/python3", ErrorId::cfg_value},
       {"3.+1", ErrorId::cfg_value}}}},
    {"WSGIRuntimePath",
     {'G', {"/opt/a /opt/b"}, {{"", ErrorId::cfg_arguments}, {"opt", ErrorId::cfg_path_relative}}}},
};

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
    bool unexplained = directive.effect == Effect::now || directive.effect == Effect::later;
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

// docs/directives/README.md is made from the tables; WSGI_BLESS=1 writes it.
TEST(Docs, PageIsThatOfTheTables) {
  const std::string path = std::string(WSGI_SOURCE_DIR) + "/docs/directives/README.md";
  if (std::getenv("WSGI_BLESS")) std::ofstream(path) << tables_markdown();
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  EXPECT_EQ(page.str(), tables_markdown()) << "run this test with WSGI_BLESS=1";
}

TEST(Docs, JsonNamesEverything) {
  std::string json = tables_json();
  for (const auto& [name, sample] : kSamples)
    EXPECT_THAT(json, HasSubstr("\"" + std::string(name)));
  for (const auto& option : daemon_option_table()) {
    EXPECT_THAT(json, HasSubstr("\"name\": \"" + std::string(option.name) + "\""));
  }
}

}  // namespace
}  // namespace wsgi::config
