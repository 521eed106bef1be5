// SPDX-License-Identifier: Apache-2.0
// What directives store, the texts of their errors and notices, and how inner places win over
// outer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/addresses.h"
#include "support/configuration.h"

namespace wsgi::config {
namespace {

using test::Configuration;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

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
  ASSERT_TRUE(c.apply("WSGIDaemonProcess", "app socket-user=x chroot=/x"));
  std::vector<ErrorId> ids;
  for (const auto& notice : c.server.notices) ids.push_back(notice.id);
  EXPECT_THAT(ids, ElementsAre(ErrorId::cfg_no_effect_info, ErrorId::cfg_deprecated,
                               ErrorId::cfg_no_effect_info, ErrorId::cfg_no_effect_info,
                               ErrorId::cfg_deprecated));
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

}  // namespace
}  // namespace wsgi::config
