// SPDX-License-Identifier: Apache-2.0
// Tables of proxy headers and what they do to the environ (runtime.md, section 3.4).
#include <gtest/gtest.h>

#include <map>
#include <memory_resource>
#include <string>
#include <vector>

#include "config/addresses.h"
#include "config/trusted_proxy.h"

namespace wsgi::config {
namespace {

using Texts = std::vector<std::string_view>;
using Sent = std::map<std::string_view, std::string_view>;

struct Case {
  const char* what;
  Texts listed;
  Texts trusted;  // empty: no WSGITrustedProxies
  std::string_view peer;
  Sent sent;
  std::string expected;
};

// Every member that is set, in the order of the struct; "-NAME" for what was sent and is removed.
std::string say(const ProxyEffect& e, const Sent& sent) {
  std::string out;
  auto add = [&](const char* key, const std::optional<std::string_view>& value) {
    if (value) out.append(key).append("=").append(*value).append(";");
  };
  add("addr", e.remote_addr), add("for", e.forwarded_for), add("host", e.host);
  add("server", e.server_name), add("port", e.server_port), add("script", e.script_name);
  if (e.https) out += *e.https ? "https=1;" : "https=0;";
  if (e.scheme_applied) out += "scheme;";
  for (const auto& [name, value] : sent) {
    auto index = proxy_header(name);
    if (index && e.removed[*index]) out.append("-").append(name.substr(7)).append(";");
  }
  return out;
}

std::string run(const Case& c) {
  std::pmr::monotonic_buffer_resource memory;
  std::vector<Subnet> subnets;
  for (auto text : c.trusted) subnets.push_back(*parse_subnet(text));
  ProxyFacts facts;
  facts.listed = c.listed;
  if (!c.trusted.empty()) facts.trusted = subnets;
  facts.remote_addr = c.peer;
  for (const auto& [name, value] : c.sent) {
    if (auto index = proxy_header(name)) facts.sent[*index] = value;
  }
  return say(apply_proxies(facts, &memory), c.sent);
}

const std::string_view kFor = "HTTP_X_FORWARDED_FOR", kReal = "HTTP_X_REAL_IP",
                       kProto = "HTTP_X_FORWARDED_PROTO", kHttps = "HTTP_X_HTTPS",
                       kHost = "HTTP_X_FORWARDED_HOST";

TEST(TrustedProxy, Client) {
  const Case cases[] = {
      {"no list", {}, {"10.0.0.0/8"}, "10.0.0.1", {{kFor, "1.1.1.1"}}, ""},
      {"first element", {kFor}, {}, "9.9.9.9", {{kFor, "1.1.1.1, 2.2.2.2"}}, "addr=1.1.1.1;"},
      {"no element", {kFor}, {}, "9.9.9.9", {{kFor, " , ,"}}, ""},
      {"untrusted peer",
       {kFor},
       {"10.0.0.0/8"},
       "9.9.9.9",
       {{kFor, "1.1.1.1"}, {kReal, "2.2.2.2"}},
       "-FORWARDED_FOR;-REAL_IP;"},
      {"peer is no address",
       {kFor},
       {"10.0.0.0/8"},
       "10.0.0.1x",
       {{kFor, "1.1.1.1"}},
       "-FORWARDED_FOR;"},
      {"listed one not sent", {kFor}, {}, "9.9.9.9", {{kReal, "2.2.2.2"}}, "-REAL_IP;"},
      {"left of the trusted",
       {kFor},
       {"10.0.0.0/8"},
       "10.0.0.1",
       {{kFor, "6.6.6.6,1.1.1.1,,10.0.0.3, 10.0.0.2"}},
       "addr=1.1.1.1;for=1.1.1.1, 10.0.0.3, 10.0.0.2;"},
      {"all trusted",
       {kFor},
       {"10.0.0.0/8"},
       "10.0.0.1",
       {{kFor, "10.0.0.3, 10.0.0.2"}},
       "addr=10.0.0.3;for=10.0.0.3, 10.0.0.2;"},
      {"none trusted",
       {kFor},
       {"10.0.0.0/8"},
       "10.0.0.1",
       {{kFor, "1.1.1.1, 2.2.2.2"}},
       "addr=2.2.2.2;for=2.2.2.2;"},
      {"a name is not trusted",
       {kFor},
       {"127.0.0.0/8"},
       "127.0.0.1",
       {{kFor, "foo, localhost"}},
       "addr=localhost;for=localhost;"},
      {"an address with a port is not trusted",
       {kFor},
       {"10.0.0.0/8"},
       "10.0.0.1",
       {{kFor, "1.1.1.1, 10.0.0.2:80"}},
       "addr=10.0.0.2:80;for=10.0.0.2:80;"},
      {"IPv6",
       {kFor},
       {"2001:db8::/32"},
       "2001:db8::1",
       {{kFor, "::5, 2001:db8::2"}},
       "addr=::5;for=::5, 2001:db8::2;"},
      {"the later listed wins",
       {kFor, kReal},
       {},
       "9.9.9.9",
       {{kFor, "1.1.1.1"}, {kReal, "2.2.2.2"}},
       "addr=2.2.2.2;-FORWARDED_FOR;"},
      {"the later listed wins over a list",
       {kFor, kReal},
       {"10.0.0.0/8"},
       "10.0.0.1",
       {{kFor, "1.1.1.1, 10.0.0.2"}, {kReal, "2.2.2.2"}},
       "addr=2.2.2.2;-FORWARDED_FOR;"},
      {"a list wins over the earlier listed",
       {kReal, kFor},
       {"10.0.0.0/8"},
       "10.0.0.1",
       {{kFor, "1.1.1.1, 10.0.0.2"}, {kReal, "2.2.2.2"}},
       "addr=1.1.1.1;for=1.1.1.1, 10.0.0.2;-REAL_IP;"},
  };
  for (const auto& c : cases) EXPECT_EQ(run(c), c.expected) << c.what;
}

TEST(TrustedProxy, OtherCategories) {
  const Case cases[] = {
      {"host", {kHost}, {}, "", {{kHost, "a"}, {"HTTP_X_HOST", "b"}}, "host=a;-HOST;"},
      {"server",
       {"HTTP_X_FORWARDED_SERVER"},
       {},
       "",
       {{"HTTP_X_FORWARDED_SERVER", "s"}},
       "server=s;"},
      {"port", {"HTTP_X_FORWARDED_PORT"}, {}, "", {{"HTTP_X_FORWARDED_PORT", "x"}}, "port=x;"},
      {"script, verbatim",
       {"HTTP_X_SCRIPT_NAME"},
       {},
       "",
       {{"HTTP_X_SCRIPT_NAME", "//m/"}},
       "script=//m/;"},
      {"unlisted category", {kHost}, {}, "", {{kReal, "1.1.1.1"}}, ""},
      {"unknown name", {"HTTP_X_FOO"}, {}, "", {{"HTTP_X_FOO", "1"}, {kReal, "1.1.1.1"}}, ""},
  };
  for (const auto& c : cases) EXPECT_EQ(run(c), c.expected) << c.what;
}

TEST(TrustedProxy, Scheme) {
  const Case cases[] = {
      {"https", {kProto}, {}, "", {{kProto, "HTTPS"}}, "https=1;scheme;"},
      {"http", {kProto}, {}, "", {{kProto, "http"}}, "https=0;scheme;"},
      {"meaningless", {kProto}, {}, "", {{kProto, "on"}}, "scheme;"},
      {"on", {kHttps}, {}, "", {{kHttps, "On"}}, "https=1;scheme;"},
      {"true", {kHttps}, {}, "", {{kHttps, "TRUE"}}, "https=1;scheme;"},
      {"one", {kHttps}, {}, "", {{kHttps, "1"}}, "https=1;scheme;"},
      {"zero", {kHttps}, {}, "", {{kHttps, "0"}}, "https=0;scheme;"},
      {"https is no switch", {kHttps}, {}, "", {{kHttps, "https"}}, "scheme;"},
      {"a later nonsense keeps the marker",
       {kProto, kHttps},
       {},
       "",
       {{kProto, "https"}, {kHttps, "?"}},
       "https=1;scheme;-FORWARDED_PROTO;"},
      {"untrusted",
       {kProto},
       {"10.0.0.0/8"},
       "9.9.9.9",
       {{kProto, "https"}, {kHttps, "1"}},
       "-FORWARDED_PROTO;-HTTPS;"},
  };
  for (const auto& c : cases) EXPECT_EQ(run(c), c.expected) << c.what;
}

}  // namespace
}  // namespace wsgi::config
