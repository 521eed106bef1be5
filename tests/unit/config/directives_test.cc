// SPDX-License-Identifier: Apache-2.0
// Every directive: its context, what it takes, what it stores, what it refuses and how it says so.
#include "config/directives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/addresses.h"
#include "config/describe.h"

namespace wsgi::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// One server and one directory scope, as httpd would hold them.
struct Configuration {
  std::pmr::monotonic_buffer_resource memory;
  ServerSettings server;
  DirSettings dir;

  Status apply(std::string_view name, std::string_view arguments,
               InterpreterOptions* container = nullptr) {
    const Directive* directive = find_directive(name);
    if (!directive) return Fail{ErrorId::internal, "no such directive"};
    Scopes to{&dir, &server, container, &server.notices, &memory, {"f.conf", 7}};
    return config::apply(*directive, arguments, to);
  }
  std::string error(std::string_view name, std::string_view arguments) {
    Status status = apply(name, arguments);
    return status ? "" : status.error().text;
  }
};

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

TEST(Directives, TextsOfErrors) {
  Configuration c;
  EXPECT_EQ(c.error("WSGIScriptReloading", "maybe"),
            "WSGIScriptReloading must be one of: Off | On; not 'maybe'");
  EXPECT_EQ(c.error("WSGIMapHEADToGET", "x"),
            "WSGIMapHEADToGET must be one of: Off | On | Auto; not 'x'");
  EXPECT_EQ(c.error("WSGIProcessGroup", ""),
            "WSGIProcessGroup: takes exactly one argument; write WSGIProcessGroup name");
  EXPECT_EQ(c.error("WSGIScriptAlias", "/x app.wsgi"),
            "WSGIScriptAlias: relative path 'app.wsgi'; must begin with '/'");
  EXPECT_THAT(c.error("WSGIScriptAlias", "/x"),
              StartsWith("WSGIScriptAlias: the script path is missing; write WSGIScriptAlias URL"));
  EXPECT_EQ(c.error("WSGITrustedProxies", "localhost"),
            "WSGITrustedProxies: 'localhost' is not an address or subnet; must be an IPv4 or IPv6 "
            "literal, perhaps with a prefix length or IPv4 mask");
  EXPECT_EQ(c.error("WSGIPythonHashSeed", "-1"),
            "WSGIPythonHashSeed: bad value '-1'; must be 'random' or a whole number from 0 to "
            "4294967295");
  EXPECT_EQ(c.error("<WSGIInterpreterOptions", "process-group=a"),
            "<WSGIInterpreterOptions>: the closing '>' is missing; write "
            "<WSGIInterpreterOptions ...>");
  EXPECT_THAT(wrong_child("WSGIScriptAlias").text,
              HasSubstr("'WSGIScriptAlias' is not allowed here; may hold only: WSGIPythonPath "
                        "WSGISwitchInterval WSGIPerInterpreterGIL WSGIFreeThreading"));
}

TEST(Directives, StoreSwitchesWhereTheyBelong) {
  Configuration c;
  const std::pair<std::string_view, Setting<bool> DirSettings::*> members[] = {
      {"WSGIScriptReloading", &DirSettings::script_reloading},
      {"WSGIPassAuthorization", &DirSettings::pass_authorization},
      {"WSGIChunkedRequest", &DirSettings::chunked_request},
      {"WSGIErrorOverride", &DirSettings::error_override},
      {"WSGIEnableSendfile", &DirSettings::enable_sendfile},
      {"WSGIIgnoreActivity", &DirSettings::ignore_activity},
      {"WSGIPassApacheRequest", &DirSettings::pass_apache_request},
      {"WSGIGroupAuthoritative", &DirSettings::group_authoritative}};
  for (auto [name, member] : members) {
    EXPECT_FALSE(c.dir.*member) << name;
    ASSERT_TRUE(c.apply(name, "On"));
    EXPECT_EQ(c.dir.*member, true) << name;
    ASSERT_TRUE(c.apply(name, "Off"));
    EXPECT_EQ(c.dir.*member, false) << name;
  }
  ASSERT_TRUE(c.apply("WSGIRestrictEmbedded", "On"));
  ASSERT_TRUE(c.apply("WSGICaseSensitivity", "Off"));
  ASSERT_TRUE(c.apply("WSGIDontWriteBytecode", "On"));
  ASSERT_TRUE(c.apply("WSGIDestroyInterpreter", "Off"));
  EXPECT_EQ(c.server.global.restrict_embedded, true);
  EXPECT_EQ(c.server.global.case_sensitivity, false);
  EXPECT_TRUE(c.server.global.python.dont_write_bytecode);
  EXPECT_FALSE(c.server.global.python.destroy_interpreter);
}

TEST(Directives, StoreScripts) {
  Configuration c;
  ASSERT_TRUE(c.apply("WSGIScriptAlias",
                      "/x \"/srv/a b\" process-group=p application-group=%{GLOBAL} "
                      "callable-object=c pass-authorization=On"));
  ASSERT_TRUE(c.apply("WSGIScriptAliasMatch", "^/y/(.*) /srv/$1"));
  ASSERT_TRUE(c.apply("WSGIImportScript", "/i process-group=%{GLOBAL} application-group=a"));
  ASSERT_EQ(c.server.aliases.size(), 2u);
  const ScriptAlias& alias = c.server.aliases[0];
  EXPECT_EQ(alias.url, "/x");
  EXPECT_STREQ(alias.target.data(), "/srv/a b");
  EXPECT_EQ(alias.options, (ScriptOptions{"p", "%{GLOBAL}", "c", true}));
  EXPECT_FALSE(alias.expression);
  EXPECT_EQ(alias.place, (Place{"f.conf", 7}));
  EXPECT_TRUE(c.server.aliases[1].expression);
  ASSERT_EQ(c.server.imports.size(), 2u);
  EXPECT_EQ(c.server.imports[0].script, "/srv/a b");
  EXPECT_EQ(c.server.imports[1].process_group, "");

  ASSERT_TRUE(c.apply("WSGIHandlerScript", "h /one"));
  ASSERT_TRUE(c.apply("WSGIHandlerScript", "h /two"));
  EXPECT_EQ(c.dir.handler_scripts.front().path, "/two");
  ASSERT_TRUE(c.apply("WSGIAccessScript", "/a application-group=g"));
  EXPECT_EQ(c.dir.access_script->path, "/a");
  EXPECT_EQ(c.dir.access_script->application_group, "g");
}

TEST(Directives, StoreListsAndNumbers) {
  Configuration c;
  ASSERT_TRUE(c.apply("WSGIRestrictProcess", "a %{GLOBAL}"));
  EXPECT_THAT(*c.dir.restrict_process, ElementsAre("a", ""));
  ASSERT_TRUE(c.apply("WSGIRestrictProcess", ""));
  EXPECT_TRUE(c.dir.restrict_process && c.dir.restrict_process->empty());
  ASSERT_TRUE(c.apply("WSGITrustedProxyHeaders", "X-Real-IP"));
  ASSERT_TRUE(c.apply("WSGITrustedProxyHeaders", "x-forwarded-for"));
  EXPECT_THAT(*c.dir.trusted_proxy_headers, ElementsAre("HTTP_X_REAL_IP", "HTTP_X_FORWARDED_FOR"));
  ASSERT_TRUE(c.apply("WSGITrustedProxies", "10.0.0.0/8"));
  ASSERT_TRUE(c.apply("WSGITrustedProxies", "2001:db8::/33"));
  EXPECT_TRUE(contains(*c.dir.trusted_proxies, "10.2.3.4"));
  EXPECT_TRUE(contains(*c.dir.trusted_proxies, "::ffff:10.2.3.4"));
  EXPECT_TRUE(contains(*c.dir.trusted_proxies, "2001:db8:7fff::1"));
  for (std::string_view other : {"11.0.0.1", "2001:db8:8000::1", "localhost", "", "10.0.0.1:80"}) {
    EXPECT_FALSE(contains(*c.dir.trusted_proxies, other)) << other;
  }
  ASSERT_TRUE(c.apply("WSGIPythonOptimize", "2"));
  ASSERT_TRUE(c.apply("WSGIPythonWarnings", "a"));
  ASSERT_TRUE(c.apply("WSGIPythonWarnings", "b"));
  ASSERT_TRUE(c.apply("WSGIPythonHashSeed", "random"));
  ASSERT_TRUE(c.apply("WSGIPythonRuntime", "3.13t"));
  ASSERT_TRUE(c.apply("WSGIRuntimePath", "/a /b"));
  ASSERT_TRUE(c.apply("WSGITelemetryOptions", "All"));
  ASSERT_TRUE(c.apply("WSGITelemetryOptions", "-CaptureUserAgent"));
  const GlobalSettings& global = c.server.global;
  EXPECT_EQ(global.python.optimize, 2);
  EXPECT_THAT(global.python.warnings, ElementsAre("a", "b"));
  EXPECT_TRUE(global.python.hash_seed_random);
  EXPECT_EQ(global.python_runtime, "3.13t");
  EXPECT_THAT(global.runtime_path, ElementsAre("/a", "/b"));
  EXPECT_FALSE(global.telemetry.capture_user_agent);
  ASSERT_TRUE(c.apply("WSGIPythonHashSeed", "5"));
  EXPECT_FALSE(global.python.hash_seed_random);
  EXPECT_EQ(global.python.hash_seed, 5u);
}

TEST(Directives, SectionsTakeTheSeven) {
  Configuration c;
  ASSERT_TRUE(c.apply("<WSGIInterpreterOptions", "process-group=%{GLOBAL}>"));
  ASSERT_TRUE(c.apply("<WSGIInterpreterOptions", "application-group=x>"));
  auto& sections = c.server.global.python.containers;
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].process_group, "");
  EXPECT_FALSE(sections[0].application_group);
  InterpreterOptions& section = sections[1];
  int allowed = 0;
  for (const auto& directive : directive_table()) {
    if (!directive.in_container) continue;
    ++allowed;
    std::string_view argument = directive.args == Args::flag ? "On" : "5";
    EXPECT_TRUE(c.apply(directive.name, argument, &section)) << directive.name;
  }
  EXPECT_EQ(allowed, 7);
  EXPECT_EQ(section.per_interpreter_gil, true);
  EXPECT_EQ(section.free_threading, true);
  EXPECT_EQ(section.restrict_stdin, true);
  EXPECT_EQ(section.restrict_stdout, true);
  EXPECT_EQ(section.restrict_signal, true);
  EXPECT_EQ(section.switch_interval, 5.0);
  EXPECT_EQ(section.python_path, "5");
  // Nothing of it is of the base scope, and the odd combination was noticed.
  EXPECT_EQ(c.server.global.python.base, InterpreterOptions{});
  EXPECT_EQ(c.server.global.python.path, "");
  ASSERT_EQ(c.server.notices.size(), 1u);
  EXPECT_EQ(c.server.notices[0].id, ErrorId::cfg_no_effect);
}

TEST(Directives, SayWhatHasNoEffect) {
  Configuration c;
  ASSERT_TRUE(c.apply("WSGISocketPrefix", "run/wsgi"));
  ASSERT_TRUE(c.apply("WSGIVerboseDebugging", "On"));
  ASSERT_TRUE(c.apply("WSGISlowRequests", "1"));
  ASSERT_TRUE(c.apply("WSGIDaemonProcess", "app socket-user=x server-metrics=On chroot=/x"));
  std::vector<ErrorId> ids;
  for (const auto& notice : c.server.notices) ids.push_back(notice.id);
  EXPECT_THAT(
      ids, ElementsAre(ErrorId::cfg_no_effect_info, ErrorId::cfg_deprecated, ErrorId::cfg_later,
                       ErrorId::cfg_no_effect_info, ErrorId::cfg_later, ErrorId::cfg_deprecated));
}

TEST(Directives, HtaccessLeavesNoNotices) {
  std::pmr::monotonic_buffer_resource memory;
  DirSettings dir;
  Scopes to{&dir, nullptr, nullptr, nullptr, &memory, {}};
  EXPECT_TRUE(apply(*find_directive("WSGITrustedProxies"), "::1", to));
  EXPECT_TRUE(dir.trusted_proxies);
}

TEST(Scopes, InnerOverOuter) {
  Configuration outer, inner;
  ASSERT_TRUE(outer.apply("WSGIProcessGroup", "a"));
  ASSERT_TRUE(outer.apply("WSGIApplicationGroup", "a"));
  ASSERT_TRUE(outer.apply("WSGIScriptReloading", "Off"));
  ASSERT_TRUE(outer.apply("WSGITrustedProxies", "::1"));
  ASSERT_TRUE(outer.apply("WSGIHandlerScript", "h /outer"));
  ASSERT_TRUE(outer.apply("WSGIHandlerScript", "other /outer"));
  ASSERT_TRUE(inner.apply("WSGIApplicationGroup", "b"));
  ASSERT_TRUE(inner.apply("WSGITrustedProxies", "::2"));
  ASSERT_TRUE(inner.apply("WSGIHandlerScript", "h /inner"));
  DirSettings merged = merge(outer.dir, inner.dir, &inner.memory);
  EXPECT_EQ(merged.process_group, "a");
  EXPECT_EQ(merged.application_group, "b");
  EXPECT_EQ(merged.script_reloading, false);
  EXPECT_FALSE(contains(*merged.trusted_proxies, "::1"));
  ASSERT_EQ(merged.handler_scripts.size(), 3u);
  EXPECT_EQ(merged.handler_scripts[0].path, "/inner");
  EXPECT_FALSE(merged.chunked_request);
  EXPECT_EQ(merge(outer.dir, {}, &inner.memory).handler_scripts.data(),
            outer.dir.handler_scripts.data());
}

TEST(Scopes, PythonOfDaemons) {
  Configuration c;
  for (auto [name, value] : {std::pair{"WSGIPythonHome", "/home"},
                             {"WSGIPythonPath", "/path"},
                             {"WSGIPythonEggs", "/eggs"},
                             {"WSGISwitchInterval", "5"},
                             {"WSGIRestrictStdin", "On"},
                             {"WSGIPythonOptimize", "1"}}) {
    ASSERT_TRUE(c.apply(name, value));
  }
  DaemonOptions options;
  PythonSettings python = python_of_daemon(c.server.global, options);
  EXPECT_EQ(python.home, "/home");
  EXPECT_EQ(python.path, "");
  EXPECT_EQ(python.eggs, "");
  EXPECT_FALSE(python.base.switch_interval);
  EXPECT_EQ(python.base.restrict_stdin, true);
  EXPECT_EQ(python.optimize, 1);
  options.python_home = "/venv";
  options.python_path = "/a";
  options.switch_interval = 2;
  python = python_of_daemon(c.server.global, options);
  EXPECT_EQ(python.home, "/venv");
  EXPECT_EQ(python.path, "/a");
  EXPECT_EQ(python.base.switch_interval, 2);
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
